import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type EventRef, type Outcome, activity, ignored, processed } from 'posthorn/activity'
import { z } from 'zod'
import { KEY_LIFETIME_MS, httpPort } from '../outside/http-port.ts'
import { liveCallOf } from './live-calls.ts'

const Transcript = z.object({ text: z.string() })
const MAX_RECORDING_BYTES = 500 * 1024 * 1024
const MAX_TRANSCRIPT_BYTES = 5 * 1024 * 1024
const DOWNLOAD_MS = 240_000

/** Copies the recording into our own archive. The URL comes from a payload: `fetchUrl` decides whether it may be followed. */
export const archiveRecording = activity(
  'download',
  ({ canonical, fetchUrl, db, settings }) =>
    async (event: EventRef): Promise<Outcome> => {
      const { recordings: folder } = settings
      if (folder === undefined) return ignored('no place for recordings is configured')
      const call = liveCallOf(await canonical(event))
      if (!call?.recording_url) return ignored('recording is gone')
      const limits = { maxBytes: MAX_RECORDING_BYTES, timeoutMs: DOWNLOAD_MS }
      const { body } = await fetchUrl(event, call.recording_url, limits)
      const file = `${encodeURIComponent(call.call_id)}.recording`
      const { bytes, sha256 } = await store(body, folder, file)
      await db.query(
        `insert into recordings (call_id, file, bytes, sha256) values ($1, $2, $3, $4)
         on conflict (call_id) do update set bytes = excluded.bytes, sha256 = excluded.sha256`,
        [call.call_id, file, bytes, sha256],
      )
      return processed()
    },
)

/** The file appears whole or not at all. */
async function store(body: Readable, folder: string, file: string): Promise<{ bytes: number; sha256: string }> {
  await mkdir(folder, { recursive: true })
  const part = join(folder, `${file}.${randomUUID()}.part`)
  const hash = createHash('sha256')
  const target = createWriteStream(part)
  try {
    await pipeline(
      body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk)
          yield chunk
        }
      },
      target,
    )
    await rename(part, join(folder, file))
    return { bytes: target.bytesWritten, sha256: hash.digest('hex') }
  } finally {
    await rm(part, { force: true })
  }
}

/** What was said, by the transcription service; null where none is configured. The audio passes through, and is kept nowhere. */
export const transcribe = activity(
  'download',
  ({ fetchUrl, idempotencyKey, settings }) =>
    async (event: EventRef, url: string): Promise<string | null> => {
      const service = httpPort('transcription', settings['transcription'])
      if (service === undefined) return null
      const { body, contentType } = await fetchUrl(event, url, { maxBytes: MAX_RECORDING_BYTES })
      const content = { body, type: contentType ?? 'application/octet-stream' }
      const key = idempotencyKey('transcribe', url)
      const answer = await service({ method: 'POST', path: '/transcripts', content, idempotencyKey: key }).catch(
        (error: unknown) => {
          // Where the audio broke off, that is why the service got none.
          throw body.errored ?? error
        },
      )
      return Transcript.parse(answer).text
    },
)

/** Makes a transcript findable. A document has the call's ID: put there twice, it is there once. */
export const indexTranscript = activity(
  'download',
  ({ canonical, fetchUrl, callOnce, settings }) =>
    async (event: EventRef): Promise<Outcome> => {
      const search = httpPort('search', settings['search'])
      if (search === undefined) return ignored('no search index is configured')
      const call = liveCallOf(await canonical(event))
      if (!call?.transcript_url) return ignored('transcript is gone')
      const { body } = await fetchUrl(event, call.transcript_url, { maxBytes: MAX_TRANSCRIPT_BYTES })
      const transcript = JSON.parse(Buffer.concat((await body.toArray()) as Buffer[]).toString()) as unknown
      const path = `/documents/call-${encodeURIComponent(call.call_id)}`
      const terms = { discriminator: call.call_id, keyLifetimeMs: KEY_LIFETIME_MS }
      await callOnce('index transcript', terms, (idempotencyKey) =>
        search({ method: 'PUT', path, json: { kind: 'call', transcript }, idempotencyKey }),
      )
      return processed()
    },
)
