import type { Keyring } from '../sealing/keyring.ts'
import { joinHead, splitHead } from './headed-bytes.ts'
import type { Pool } from './pool.ts'
import { type QuarantinedRequest, type SealedRequest, insertQuarantined, trimQuarantine } from './quarantine.ts'

/** A request exactly as it was verified, and refused. */
export interface RefusedRequest {
  method: string
  url: string
  headers: Readonly<Record<string, string>>
  body: Buffer
}

export interface Refusal extends Pick<QuarantinedRequest, 'id' | 'source' | 'code'> {
  remoteIp?: string
  request: RefusedRequest
}

export interface QuarantineLog {
  /** Never waits and never throws: an answer must not wait for what is probably a forgery. */
  keep(refusal: Refusal): void
  flush(): Promise<void>
}

export interface QuarantineLogOptions {
  pool: Pool
  keyring: Keyring
  onError: (error: unknown) => void
  flushEveryMs?: number
}

const FLUSH_EVERY_MS = 1_000
/** Of one source in one flush: a flood is sampled before it costs a write. */
const MAX_ROWS_PER_SOURCE = 50
const MAX_BYTES = 8 * 1024 * 1024
/** Larger bodies are not kept. */
const MAX_BODY_BYTES = 1024 * 1024

/** What came of one source since the last flush: a fair sample, whatever it is much of. */
interface Sample {
  seen: number
  refusals: Refusal[]
}

/** Buffers refused requests and writes them, sealed, apart from the path of the answer. */
export function createQuarantineLog(options: QuarantineLogOptions): QuarantineLog {
  const { pool, keyring, onError, flushEveryMs = FLUSH_EVERY_MS } = options
  let samples = new Map<string, Sample>()
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()

  async function write(refusals: readonly Refusal[]): Promise<void> {
    try {
      await insertQuarantined(
        pool,
        refusals.map((refusal) => seal(keyring, refusal)),
      )
      await trimQuarantine(pool)
    } catch (error) {
      onError(error)
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const refusals = [...samples.values()].flatMap((sample) => sample.refusals)
    samples = new Map()
    bytes = 0
    if (refusals.length > 0) writing = writing.then(() => write(refusals))
    return writing
  }

  return {
    keep(refusal) {
      const size = refusal.request.body.length
      const sample = samples.get(refusal.source) ?? { seen: 0, refusals: [] }
      samples.set(refusal.source, sample)
      sample.seen += 1
      const place = placeIn(sample)
      const freed = sample.refusals[place]?.request.body.length ?? 0
      if (place >= MAX_ROWS_PER_SOURCE || size > MAX_BODY_BYTES || bytes - freed + size > MAX_BYTES) return
      bytes += size - freed
      sample.refusals[place] = refusal
      timer ??= setTimeout(() => void flush(), flushEveryMs).unref()
    },
    flush,
  }
}

/** Each request of a flood has the same chance to stay; a place beyond the last one means that this one does not. */
const placeIn = ({ seen, refusals }: Sample): number =>
  refusals.length < MAX_ROWS_PER_SOURCE ? refusals.length : Math.floor(Math.random() * seen)

/** A request opens in its own row only. */
const placeOf = ({ id, source }: Pick<QuarantinedRequest, 'id' | 'source'>): string => `quarantine/${source}/${id}`

function seal(keyring: Keyring, { request, remoteIp, ...refusal }: Refusal): Omit<SealedRequest, 'receivedAt'> {
  const { body, ...head } = request
  return {
    ...refusal,
    remoteIp: remoteIp ?? null,
    bytes: body.length,
    sealed: keyring.seal(joinHead(head, body), placeOf(refusal)),
  }
}

/** @throws SealError when it was sealed with a key that is gone, or the row was changed. */
export function openQuarantined(keyring: Keyring, request: SealedRequest): RefusedRequest {
  const { head, body } = splitHead(keyring.open(request.sealed, placeOf(request)))
  return { ...(head as Omit<RefusedRequest, 'body'>), body }
}
