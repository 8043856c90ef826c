// What is shipped: the engine compiled, with the migrations beside the code that reads them.
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')

rmSync('dist', { recursive: true, force: true })
const { status } = spawnSync(process.execPath, [tsc, '--project', 'tsconfig.build.json'], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
for (const folder of ['src/storage/migrations', 'src/prove/installation/migrations']) {
  cpSync(folder, `dist/${folder}`, { recursive: true })
}
