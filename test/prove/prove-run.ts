import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { ProofFigures } from '../../src/prove/proof.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const LAUNCHER = join(import.meta.dirname, '../../bin/posthorn.js')
const PLANT = pathToFileURL(join(import.meta.dirname, 'bugs/plant.mjs')).href

export interface ProveRun {
  code: number | null
  figures: ProofFigures & { detail: { findings: { what: string }[]; differences: string[]; not_shown: string[] } }
  /** Everything that it said, for a test that fails. */
  told: string
}

export interface ProveRunOptions {
  /** Planted into all of its processes. */
  bug?: string
  /** Where it is run. Default: a directory of its own. */
  directory?: string
}

/** `posthorn prove --json`, as a user types it. */
export async function runProve(
  t: TestContext,
  flags: readonly string[],
  { bug, directory }: ProveRunOptions = {},
): Promise<ProveRun> {
  const planted = bug === undefined ? {} : { BUG: bug, NODE_OPTIONS: `--import ${PLANT}` }
  const child = spawn(process.execPath, [LAUNCHER, 'prove', '--json', ...flags], {
    cwd: directory ?? (await temporaryDirectory(t)),
    env: { ...process.env, ...planted },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit') as Promise<[number | null]>
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  const told = stderr + stdout
  if (!stdout.startsWith('{')) throw new Error(`posthorn prove came to no figures (${String(code)}):\n${told}`)
  return { code, figures: JSON.parse(stdout) as ProveRun['figures'], told }
}
