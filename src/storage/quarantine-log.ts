import type { Keyring } from '../sealing/keyring.ts'
import { joinHead, splitHead } from './headed-bytes.ts'
import type { Pool } from './pool.ts'
import {
  type NewlySealed,
  type QuarantinedRequest,
  type SealedRequest,
  insertQuarantined,
  trimQuarantine,
} from './quarantine.ts'
import { createRefusalSample } from './refusal-sample.ts'

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

/** Buffers refused requests and writes them, sealed, apart from the path of the answer. */
export function createQuarantineLog(options: QuarantineLogOptions): QuarantineLog {
  const { pool, keyring, onError, flushEveryMs = FLUSH_EVERY_MS } = options
  const sample = createRefusalSample()
  /** Until the write begins that it leads to: behind a slow one there waits one more, and the sample. */
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()

  async function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const taken = sample.take()
    if (taken.length === 0) return
    try {
      await insertQuarantined(
        pool,
        taken.map(({ refusal, ageMs }) => ({ ...seal(keyring, refusal), ageMs })),
      )
      await trimQuarantine(pool)
    } catch (error) {
      onError(error)
    }
  }

  const flush = (): Promise<void> => (writing = writing.then(write))

  return {
    keep(refusal) {
      sample.add(refusal)
      timer ??= setTimeout(() => void flush(), flushEveryMs).unref()
    },
    flush,
  }
}

/** A request opens in its own row only. */
const placeOf = ({ id, source }: Pick<QuarantinedRequest, 'id' | 'source'>): string => `quarantine/${source}/${id}`

function seal(keyring: Keyring, { request, remoteIp, ...refusal }: Refusal): Omit<NewlySealed, 'ageMs'> {
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
