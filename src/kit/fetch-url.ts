import type { Readable } from 'node:stream'
import type { EventRef } from '../domain/event.ts'

/** How a URL is fetched, and within which limits. */
export interface FetchUrlOptions {
  /** Default GET. */
  method?: 'GET' | 'POST'
  /** Sent as JSON. */
  json?: unknown
  /** More than this fails for good, before or while it is read. */
  maxBytes: number
  /** For all of it, to the last byte. Default 60 s. Milliseconds. */
  timeoutMs?: number
}

/** A successful answer, whose body is still to be read. */
export interface FetchedUrl {
  status: number
  contentType: string | undefined
  /** Read it to its end, or destroy it. It breaks off with an error where the limits are passed. */
  body: Readable
}

/**
 * Fetches a URL that a payload names, for the source of the event. Such a URL is input from outside: https only, and only to the
 * host of the source's API and those that its `urls` lists, at addresses of the public Internet, and redirected within its host at
 * most. The source's token goes along where the URL is one of its own API. Use it in an activity with the policy `download`.
 * @throws ApplicationFailure for good, `url_…`, when the URL is not permitted, or the answer is a refusal or too large.
 * @throws ApiError while the host is out, which uses up no try; Error `UrlNotReady` when a GET finds nothing yet, which does.
 */
export type FetchUrl = (event: EventRef, url: string, options: FetchUrlOptions) => Promise<FetchedUrl>
