import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { teamConnect } from '../../src/providers/team-connect/index.ts'

export interface SendOptions {
  hookUrl: string
  secret: string
  perSecond: number
  forMs: number
}

/**
 * Sends signed events at a rate that does not wait for answers, each at a random moment of its own slot, so that no timer of the
 * engine keeps step with them. Resolves to when each event was answered 200, by event ID, in ms since the epoch.
 */
export async function sendSteadily(options: SendOptions): Promise<Map<string, number>> {
  const { perSecond, forMs } = options
  const slotMs = 1_000 / perSecond
  const startedAt = performance.now()
  const answers: Promise<[string, number]>[] = []
  for (let slot = 0; slot < forMs / slotMs; slot++) {
    await delay(startedAt + (slot + Math.random()) * slotMs - performance.now())
    answers.push(send(options, `evt_${randomUUID()}`))
  }
  return new Map(await Promise.all(answers))
}

async function send({ hookUrl, secret }: SendOptions, eventId: string): Promise<[string, number]> {
  const now = Date.now()
  const event = {
    id: eventId,
    type: 'call.ended',
    created_at: new Date(now).toISOString(),
    api_version: '2026-04-01',
    data: { call_id: eventId.replace('evt', 'call') },
  }
  const body = Buffer.from(JSON.stringify(event))
  const signed = teamConnect.sign(body, secret, {
    now: Math.floor(now / 1_000),
    url: hookUrl,
    id: eventId,
    type: event.type,
  })
  const headers = { 'content-type': 'application/json', ...signed }
  const response = await fetch(hookUrl, { method: 'POST', body, headers })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`the receiver answered ${response.status}: ${text}`)
  return [eventId, Date.now()]
}
