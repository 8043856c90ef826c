import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type EventRef, activity } from 'posthorn/activity'
import { z } from 'zod'
import { httpPort } from '../outside/http-port.ts'

const Transcript = z.object({ text: z.string() })
const MAX_RECORDING_BYTES = 500 * 1024 * 1024
const DOWNLOAD_MS = 240_000

/**
 * Copies the recording into our own archive; false where there is none. The URL comes from a payload: `fetchUrl` decides whether it
 * may be followed.
 */
export const archiveRecording = activity(
  'download',
  ({ fetchUrl, db, settings }) =>
    async (event: EventRef, { callId, url }: { callId: string; url: string }): Promise<boolean> => {
      const { recordings: folder } = settings
      if (folder === undefined) return false
      const { body } = await fetchUrl(event, url, { maxBytes: MAX_RECORDING_BYTES, timeoutMs: DOWNLOAD_MS })
      const file = `${encodeURIComponent(callId)}.recording`
      const { bytes, sha256 } = await store(body, folder, file)
      await db.query(
        `insert into recordings (call_id, file, bytes, sha256) values ($1, $2, $3, $4)
         on conflict (call_id) do update set file = excluded.file, bytes = excluded.bytes, sha256 = excluded.sha256`,
        [callId, file, bytes, sha256],
      )
      return true
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
      // Signed URLs differ from one reading to the next, and are long.
      const key = idempotencyKey('transcribe', '')
      const { body, contentType } = await fetchUrl(event, url, { maxBytes: MAX_RECORDING_BYTES })
      const content = { body, type: contentType ?? 'application/octet-stream' }
      const answer = await service({ method: 'POST', path: '/transcripts', content, idempotencyKey: key }).catch(
        (error: unknown) => {
          // Where the audio broke off, that is why the service got none.
          throw body.errored ?? error
        },
      )
      return Transcript.parse(answer).text
    },
)
