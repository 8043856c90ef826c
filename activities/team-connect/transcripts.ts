import type { Readable } from 'node:stream'
import { type EventRef, type FetchUrl, activity } from 'posthorn/activity'
import { z } from 'zod'
import { CALL_TERMS, httpPort } from '../outside/http-port.ts'

/** Where the transcript of a call lies. The text itself never enters a history: whoever needs it fetches it. */
export interface TranscriptAt {
  callId: string
  url: string
}

const Analysis = z.object({ sentiment: z.enum(['negative', 'neutral', 'positive']), summary: z.string() })

/** What a call was like, and what it was about. */
export type Analysis = z.infer<typeof Analysis>

const MAX_BYTES = 5 * 1024 * 1024

/** What was said in a call, as its recording tells. */
export const keepTranscript = activity(
  'local',
  ({ db }) =>
    async ({ callId, transcript }: { callId: string; transcript: string }) => {
      await db.query(
        `insert into call_transcripts (call_id, transcript) values ($1, $2)
         on conflict (call_id) do update set transcript = excluded.transcript`,
        [callId, transcript],
      )
    },
)

/** Sentiment and summary, by the analysis service; null where none is configured. */
export const analyseTranscript = activity(
  'download',
  ({ fetchUrl, idempotencyKey, settings }) =>
    async (event: EventRef, { callId, url }: TranscriptAt): Promise<Analysis | null> => {
      const service = httpPort('analysis', settings['analysis'])
      if (service === undefined) return null
      const json = { transcript: await readJson(event, url, fetchUrl) }
      const key = idempotencyKey('analyse', callId)
      return Analysis.parse(await service({ method: 'POST', path: '/analyses', json, idempotencyKey: key }))
    },
)

export const recordAnalysis = activity(
  'local',
  ({ db }) =>
    async ({ callId, sentiment, summary }: Analysis & { callId: string }) => {
      await db.query(
        `insert into call_analyses (call_id, sentiment, summary) values ($1, $2, $3)
         on conflict (call_id) do update set sentiment = excluded.sentiment, summary = excluded.summary`,
        [callId, sentiment, summary],
      )
    },
)

/** Makes a transcript findable; false where there is no index. A document has the call's ID: put there twice, it is there once. */
export const indexTranscript = activity(
  'download',
  ({ fetchUrl, callOnce, settings }) =>
    async (event: EventRef, { callId, url }: TranscriptAt, analysis: Analysis | null): Promise<boolean> => {
      const search = httpPort('search', settings['search'])
      if (search === undefined) return false
      const json = { kind: 'call', transcript: await readJson(event, url, fetchUrl), ...analysis }
      const path = `/documents/call-${encodeURIComponent(callId)}`
      const terms = { discriminator: callId, ...CALL_TERMS }
      await callOnce('index transcript', terms, (idempotencyKey) =>
        search({ method: 'PUT', path, json, idempotencyKey }),
      )
      return true
    },
)

async function readJson(event: EventRef, url: string, fetchUrl: FetchUrl): Promise<unknown> {
  const { body } = await fetchUrl(event, url, { maxBytes: MAX_BYTES })
  return JSON.parse(await textOf(body)) as unknown
}

const textOf = async (body: Readable): Promise<string> => Buffer.concat((await body.toArray()) as Buffer[]).toString()
