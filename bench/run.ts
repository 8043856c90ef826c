/** `npm run bench -- <name> [--json]`: progress on stderr; with `--json` the last line on stdout is the result. */
import { parseArgs } from 'node:util'
import { ack } from './ack.ts'
import { latency } from './latency.ts'
import { reconcile } from './reconcile.ts'
import { replay } from './replay.ts'
import { retention } from './retention.ts'
import { start } from './start.ts'

/** One measurement: what it prints as JSON, and the same for people. */
export interface Report {
  result: object
  table: object
}

export interface BenchOptions {
  /** For `retention`: how many bodies the partition holds that is dropped. */
  bodies?: string
}

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<Report>>> = {
  ack,
  latency,
  reconcile,
  replay,
  retention,
  start,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, bodies: { type: 'string' } },
})
const bench = BENCHES[positionals[0] ?? '']
if (bench === undefined || positionals.length > 1) {
  console.error(`Say which: npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--json]`)
  process.exit(2)
}
const { result, table } = await bench(values)
if (values.json) console.log(JSON.stringify(result))
else console.table(table)
