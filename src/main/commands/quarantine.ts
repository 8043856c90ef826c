import { CommandError } from '../../cli/exit-codes.ts'
import { type ReverifyReport, showDropped, showOpened, showQuarantine, showReverified } from '../../cli/quarantine.ts'
import { reverify } from '../../receiver/reverify.ts'
import { type Keyring, SealError } from '../../sealing/keyring.ts'
import { recordAudit } from '../../storage/audit-log.ts'
import { createInbox } from '../../storage/inbox.ts'
import { type Pool, transaction } from '../../storage/pool.ts'
import { openQuarantined } from '../../storage/quarantine-log.ts'
import {
  type QuarantineFilter,
  type SealedRequest,
  dropQuarantined,
  listQuarantine,
  loadQuarantined,
} from '../../storage/quarantine.ts'
import { createWakeUp } from '../../storage/wake-up.ts'
import { loadInstallation } from '../load-config.ts'
import { connectSources } from '../process/connect-sources.ts'
import { keyringOf } from '../process/keyring.ts'
import { operatorName } from '../process/operator.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { Settings } from '../settings/settings-table.ts'
import type { CommandContext } from './context.ts'

/** `posthorn quarantine list` */
export async function runQuarantineList(
  { environment, output }: CommandContext,
  { limit, ...filter }: QuarantineFilter & { limit: number },
): Promise<void> {
  const settings = readSettings(environment)
  showQuarantine(await withPool(settings, (pool) => listQuarantine(pool, filter, limit)), output)
}

/** `posthorn quarantine show <id>` */
export async function runQuarantineShow({ environment, output }: CommandContext, id: string): Promise<void> {
  const settings = readSettings(environment)
  const keyring = requireKeyring(settings)
  const [found] = await withPool(settings, (pool) => loadQuarantined(pool, { ids: [id] }, 1))
  if (found === undefined) throw new CommandError('failed', `There is no request ${id} in quarantine.`)
  const { sealed: _, ...row } = found
  const { method, url, headers, body } = openQuarantined(keyring, found)
  showOpened({ ...row, method, url, headers: Object.keys(headers).sort(), body: body.toString() }, output)
}

export interface QuarantineOrder {
  filter: QuarantineFilter
  reason?: string
}

/** `posthorn quarantine drop` */
export async function runQuarantineDrop(
  { environment, output }: CommandContext,
  order: QuarantineOrder,
): Promise<void> {
  const settings = readSettings(environment)
  const dropped = await withPool(settings, (pool) =>
    transaction(pool, async (tx) => {
      const count = await dropQuarantined(tx, order.filter)
      await recordAudit(tx, { ...auditEntry(settings, order, 'drop'), detail: { dropped: count } })
      return count
    }),
  )
  showDropped(dropped, output)
}

/** `posthorn quarantine reverify` */
export async function runQuarantineReverify(
  { environment, output }: CommandContext,
  order: QuarantineOrder,
): Promise<void> {
  const settings = readSettings(environment)
  const keyring = requireKeyring(settings)
  const installation = await loadInstallation(settings, environment)
  const report = await withPool(settings, async (pool) => {
    const sources = await connectSources(pool, installation.sources)
    const retentionDays = settings.retention.events
    const done: ReverifyReport = { requests: 0, verified: 0, events: { new: 0, duplicate: 0, anomaly: 0 }, refused: {} }
    try {
      await reverifyAll({ pool, keyring, retentionDays, filter: order.filter }, sources, done)
    } finally {
      // Whatever ended it: what was admitted until then was admitted by this person.
      await recordAudit(pool, { ...auditEntry(settings, order, 'reverify'), detail: { ...done } })
    }
    return done
  })
  showReverified(report, output)
}

interface Reverification {
  pool: Pool
  keyring: Keyring
  retentionDays: number
  filter: QuarantineFilter
}

/** Bodies of up to a megabyte are in memory at once. */
const BATCH = 20

/** Counts into `done` as it goes. */
async function reverifyAll(
  { pool, keyring, retentionDays, filter }: Reverification,
  sources: Awaited<ReturnType<typeof connectSources>>,
  done: ReverifyReport,
): Promise<void> {
  const inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  const byId = new Map(sources.map((source) => [source.id, source]))
  for (let after: string | undefined; ;) {
    const batch = await loadQuarantined(pool, { ...filter, ...(after !== undefined && { after }) }, BATCH)
    for (const row of batch) {
      const source = byId.get(row.source)
      const request = openOrUndefined(keyring, row)
      done.requests += 1
      if (source === undefined) count(done.refused, 'unknown_source')
      else if (request === undefined) count(done.refused, 'sealed_with_another_key')
      else {
        const result = await reverify({ ...row, request }, { source, inbox, retentionDays, now: new Date() })
        if (!result.admitted) count(done.refused, result.code)
        else {
          done.verified += 1
          for (const acceptance of result.acceptances) done.events[acceptance] += 1
          // Only now: what ends in between is verified once more, and is a duplicate.
          await dropQuarantined(pool, { ids: [row.id] })
        }
      }
    }
    after = batch.at(-1)?.id
    if (batch.length < BATCH) return
  }
}

const count = (counts: Record<string, number>, code: string): void => {
  counts[code] = (counts[code] ?? 0) + 1
}

/** Undefined for a row that was sealed with a key which is not here any more: it must not keep the others from being read. */
function openOrUndefined(keyring: Keyring, row: SealedRequest): ReturnType<typeof openQuarantined> | undefined {
  try {
    return openQuarantined(keyring, row)
  } catch (error) {
    if (error instanceof SealError) return undefined
    throw error
  }
}

function requireKeyring(settings: Settings): Keyring {
  const keyring = keyringOf(settings)
  if (keyring !== undefined) return keyring
  throw new CommandError(
    'usage',
    'Set POSTHORN_CODEC_KEY: without it nothing is quarantined, and nothing can be opened.',
  )
}

const auditEntry = (settings: Settings, { filter, reason }: QuarantineOrder, verb: string) => ({
  actor: operatorName(settings),
  action: `quarantine.${verb}`,
  target: { ...filter },
  ...(reason !== undefined && { reason }),
})
