import type { Middleware } from 'koa'
import type { Provider, WebhookRequest } from '../providers/provider.ts'
import type { Inbox } from '../storage/inbox.ts'
import type { QuarantineLog } from '../storage/quarantine-log.ts'
import type { ReceiptLog } from '../storage/receipts.ts'
import { type Answer, answer } from './answer.ts'
import { assertWanted, identify } from './identify.ts'
import type { InFlight } from './in-flight.ts'
import { type OpenReceipt, leaveReceipt } from './leave-receipt.ts'
import { readRawBody } from './raw-body.ts'
import { createReceiptId } from './receipt-id.ts'
import { noteAcceptance, noteEvents, noteReceipt, noteRefusal, noteSecret } from './request-notes.ts'
import type { HookState } from './request-state.ts'
import { verify } from './verify.ts'
import { toWebhookRequest } from './webhook-request.ts'

export interface AcceptOptions {
  inbox: Inbox
  receipts: ReceiptLog
  /** Undefined where the installation has no key to seal with. */
  quarantine?: QuarantineLog
  inFlight: InFlight
  /** Told once the signature held. */
  onVerified: (state: HookState) => void
  now: () => Date
  publicUrl: string
  bodyTimeoutMs: number
  retentionDays: number
}

const RECEIVED: Answer = { status: 200, body: '{"received":true}' }
const RECEIVED_BEFORE: Answer = { status: 200, body: '{"received":true,"duplicate":true}' }

/**
 * What the receiver is for: the bytes are read, proved genuine, identified and made durable; only then is the webhook answered.
 * From verification on every request leaves a receipt.
 */
export function acceptWebhook(options: AcceptOptions): Middleware<HookState> {
  const { inFlight, receipts, now, publicUrl, bodyTimeoutMs: timeoutMs } = options
  return (ctx) => {
    const { req, state } = ctx
    const work = async (grow: (bytes: number) => void): Promise<void> => {
      const body = await readRawBody(req, { maxBytes: state.source.maxBodyBytes, timeoutMs, grow })
      const at = now()
      const receipt = { id: createReceiptId(at), at, contentLength: body.length }
      noteReceipt(state, receipt)
      const request = toWebhookRequest(req, body, publicUrl)
      try {
        answer(ctx, await settle(options, state, request, receipt))
      } catch (error) {
        noteRefusal(state, error)
        throw error
      } finally {
        leaveReceipt(receipts, state, { ...receipt, body })
        if (options.quarantine !== undefined) quarantineDoubtful(options.quarantine, state, request)
      }
    }
    // While the others wait for a Postgres that is silent, these need not.
    return inFlight.admit(work, state.source.absorb)
  }
}

/** Decides what becomes of a request, writes it into the state, and says what to answer. */
async function settle(
  options: AcceptOptions,
  state: HookState,
  request: WebhookRequest,
  { id: receiptId, at: receivedAt }: OpenReceipt,
): Promise<Answer> {
  const { source, line } = state
  const secretSlot = await verify(source, request, { at: receivedAt })
  options.onVerified(state)
  noteSecret(state, secretSlot)
  const handshake = source.provider.handshake?.(request)
  if (handshake !== undefined) {
    line.verdict = 'handshake'
    return handshake
  }
  const caller = line.remoteIp !== undefined && { remoteIp: line.remoteIp }
  const verified = { source, request, secretSlot, receiptId, receivedAt, ...caller }
  const identified = identify(verified, options.retentionDays)
  noteEvents(state, identified)
  assertWanted(source, identified)
  const accepted = await options.inbox.acceptAll(identified.events)
  noteAcceptance(state, identified.events, accepted)
  return acknowledge(
    source.provider,
    accepted.some(({ acceptance }) => acceptance === 'new'),
  )
}

function acknowledge({ acknowledgement }: Provider, isNew: boolean): Answer {
  if (acknowledgement !== undefined) return { status: 200, ...acknowledgement }
  return isNew ? RECEIVED : RECEIVED_BEFORE
}

/** What a wrong secret or a wrong clock of ours refuses. Requests without a signature never were genuine. */
const DOUBTFUL = new Set<string>(['invalid_signature', 'stale_timestamp'])

function quarantineDoubtful(quarantine: QuarantineLog, { line, source }: HookState, request: WebhookRequest): void {
  const { code, receiptId: id, remoteIp, verdict } = line
  // Where bytes go when they are done, refusing ends them.
  if (source.storeBodies !== undefined) return
  if (verdict !== 'refused' || code === undefined || id === undefined || !DOUBTFUL.has(code)) return
  quarantine.keep({ id, source: source.id, code, request, ...(remoteIp !== undefined && { remoteIp }) })
}
