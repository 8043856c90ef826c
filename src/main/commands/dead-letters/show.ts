import { isUtf8 } from 'node:buffer'
import { type ShownPayload, redactHeaders, showEvent } from '../../../cli/dead-letters/show.ts'
import { CommandError } from '../../../cli/exit-codes.ts'
import { eventWorkflowId } from '../../../domain/workflow-id.ts'
import { readEventRecord } from '../../../storage/event-record.ts'
import { type StoredBody, findBody } from '../../../storage/stored-event.ts'
import { withPool } from '../../process/postgres.ts'
import { temporalTarget } from '../../process/temporal.ts'
import { readSettings } from '../../settings.ts'
import type { CommandContext } from '../context.ts'

export interface ShowRequest {
  source: string
  eventId: string
  /** With headers and bytes. */
  payload: boolean
}

/** `posthorn dead-letters show`: prints all that is known of one event. */
export async function runShow({ environment, output }: CommandContext, request: ShowRequest): Promise<void> {
  const { source, eventId, payload } = request
  const settings = readSettings(environment)
  const runs = `${settings.worker.temporalUiUrl}/namespaces/${temporalTarget(environment).namespace}/workflows`
  await withPool(settings, async (pool) => {
    const record = await readEventRecord(pool, source, eventId)
    if (record === undefined) throw new CommandError('failed', `There is no event ${eventId} of source ${source}.`)
    const { key } = record.event
    const attempts = record.attempts.map((run) => ({
      ...run,
      temporalUrl: `${runs}/${encodeURIComponent(eventWorkflowId({ source, eventId, key, ...run }))}`,
    }))
    const stored = payload ? await findBody(pool, key) : undefined
    showEvent({ ...record, attempts, ...(payload && { payload: stored ? toShownPayload(stored) : null }) }, output)
  })
}

const toShownPayload = ({ headers, body }: StoredBody): ShownPayload => ({
  headers: redactHeaders(headers),
  ...(isUtf8(body) ? { text: body.toString() } : { base64: body.toString('base64') }),
})
