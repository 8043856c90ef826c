import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

/** What runs where Posthorn is installed: the launcher of a checkout would compile the sources in the process that is measured. */
export const SHIPPED_PROGRAM = join(ROOT, 'dist/src/main/cli.js')

/** @throws Error when the sources do not compile. */
export function compileProgram(): void {
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT })
  if (status !== 0) throw new Error('the build failed')
}
