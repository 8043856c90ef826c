import { runProgram } from './program.ts'
import { readEnvironment, withDevStack } from './settings/environment.ts'

const folder = process.cwd()
const given = readEnvironment(process.env, folder)

process.exitCode = await runProgram(process.argv.slice(2), {
  given,
  environment: withDevStack(given, folder),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
})
