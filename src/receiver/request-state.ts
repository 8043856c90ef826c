import type { ErrorCode } from '../domain/errors.ts'
import type { Source } from '../providers/source.ts'
import type { Client } from './client-address.ts'
import type { ErrorFacts } from './error-facts.ts'

export type Verdict = 'new' | 'duplicate' | 'anomaly' | 'parked' | 'baseline' | 'handshake' | 'refused'

/** The one wide line that a request leaves in the log. Never a header, a body, a path or a query: each may hold a credential. */
export interface RequestLine {
  source?: string
  verdict?: Verdict
  /** Why it was refused or parked. */
  code?: ErrorCode
  status?: number
  durationMs?: number
  bytes?: number
  receiptId?: string
  /** The event key. Where one request carries several events, the line names the first and says how many they are. */
  key?: string
  eventId?: string
  eventType?: string
  deliveryId?: string
  events?: number
  /** The event came without an ID. */
  keyedByBody?: boolean
  secretSlot?: string
  /** Postgres was away, and the event is durable elsewhere. */
  absorbed?: boolean
  remoteIp?: string
  err?: ErrorFacts
}

/** Koa's `ctx.state`, made by the outermost middleware. */
export interface RequestState {
  client: Client
  source?: Source
  line: RequestLine
  level: 'debug' | 'info' | 'warn' | 'error'
}

/** From `findHook` on. */
export interface HookState extends RequestState {
  source: Source
}
