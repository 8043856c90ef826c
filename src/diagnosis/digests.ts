import { createHash, createHmac } from 'node:crypto'
import type { WebhookRequest } from '../providers/provider.ts'
import { type Reading, bodyReadings, keyReadings } from './readings.ts'
import { statedTimes } from './times.ts'

/** One way to make a signature. Its parts are words, so that two ways can be compared. */
export interface Recipe {
  header: string
  /** How the signature is written there. */
  encoding: string
  algorithm: string
  /** What was signed. */
  content: string
  /** How the secret was read; undefined: as its text. */
  key: string | undefined
  /** What was signed in place of the body; undefined: the body. */
  body: string | undefined
}

export interface Search {
  recipes: Recipe[]
  /** Digests that were made. */
  tried: number
}

interface Claim {
  header: string
  encoding: string
}

/** Finds every recipe of a keyed hash that explains a signature in the headers of a request. */
export function searchDigests(request: WebhookRequest, secrets: readonly string[]): Search {
  const claims = claimsOf(request.headers)
  const all = secrets.flatMap(keyReadings)
  const plain = secrets.map((secret) => ({ value: Buffer.from(secret) }))
  const recipes: Recipe[] = []
  let [tried, bytesLeft] = [0, MOST_BYTES]
  if (claims.size === 0) return { recipes, tried }
  for (const { value: body, words } of bodyReadings(request.body)) {
    for (const [content, bytes] of contentsOf(request, body)) {
      // Two mistakes at once are rare, and their products many.
      for (const { algorithm, key, digest } of digestsOf(bytes, words === undefined ? all : plain)) {
        tried += 1
        bytesLeft -= bytes.length
        for (const claim of claims.get(digest.toString('hex')) ?? [])
          recipes.push({ ...claim, algorithm, content, key, body: words })
        if (bytesLeft < 0) return { recipes, tried }
      }
    }
  }
  return { recipes, tried }
}

/** About a second of hashing. What is likely comes first. */
const MOST_BYTES = 400 * 1024 * 1024

const LENGTHS = new Set([16, 20, 32, 48, 64])

/** What stands in the headers and may be a digest, by its bytes in hex. */
function claimsOf(headers: WebhookRequest['headers']): Map<string, Claim[]> {
  const claims = new Map<string, Claim[]>()
  const add = (bytes: Buffer, claim: Claim): void => {
    const name = bytes.toString('hex')
    if (LENGTHS.has(bytes.length)) claims.set(name, [...(claims.get(name) ?? []), claim])
  }
  for (const [header, value] of Object.entries(headers)) {
    for (const text of value.match(/(?<![\w+/-])[0-9a-f]{32,128}(?![\w+/])/gi) ?? []) {
      add(Buffer.from(text, 'hex'), { header, encoding: text === text.toLowerCase() ? 'hex' : 'hex in capitals' })
    }
    for (const text of value.match(/(?<![\w+/-])[\w+/-]{21,88}={0,2}/g) ?? []) {
      add(Buffer.from(text, 'base64'), {
        header,
        encoding: /[-_]/.test(text) || !/^(.{4})*$/.test(text) ? 'base64url' : 'base64',
      })
    }
  }
  return claims
}

const ID_HEADER = /(^|-)(id|delivery|uuid)$/

/** What senders sign, given a body. */
function contentsOf({ headers, url, method }: WebhookRequest, body: Buffer): [words: string, bytes: Buffer][] {
  const join = (...parts: (string | Buffer)[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part)))
  const times = [...new Set(statedTimes({ headers, body: Buffer.alloc(0) }).map(({ text }) => text))]
  const ids = Object.keys(headers)
    .filter((name) => ID_HEADER.test(name))
    .map((name) => headers[name] ?? '')
  const bodyHash = createHash('sha256').update(body).digest()
  return [
    ['the body', body],
    ['the URL and the body', join(url, body)],
    ['the method, the URL and the body', join(method, url, body)],
    ['the URL and the sorted fields of the form', join(url, sortedFields(body))],
    ...times.flatMap((time): [string, Buffer][] => [
      ['the time, a dot and the body', join(time, '.', body)],
      ['the time and the body', join(time, body)],
      ['the time, a bar and the body', join(time, '|', body)],
      ['the time, a colon and the body', join(time, ':', body)],
      ['v0, the time and the body, with colons', join('v0:', time, ':', body)],
      ['the body and the time', join(body, time)],
      ['the time, the URL and the hash of the body, line by line', join(time, '\n', url, '\n', bodyHash)],
      ...ids.map((id): [string, Buffer] => [
        'the ID, the time and the body, with dots',
        join(id, '.', time, '.', body),
      ]),
    ]),
  ]
}

function sortedFields(body: Buffer): string {
  return [...new URLSearchParams(body.toString())]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flat()
    .join('')
}

const ALGORITHMS = { sha256: 'SHA-256', sha1: 'SHA-1', sha512: 'SHA-512', sha384: 'SHA-384', md5: 'MD5' }

function* digestsOf(
  content: Buffer,
  keys: readonly Reading<Buffer>[],
): Generator<{ algorithm: string; key: string | undefined; digest: Buffer }> {
  for (const [name, title] of Object.entries(ALGORITHMS)) {
    yield {
      algorithm: `plain ${title} without a key`,
      key: undefined,
      digest: createHash(name).update(content).digest(),
    }
    for (const { value, words: key } of keys) {
      yield { algorithm: `HMAC-${title}`, key, digest: createHmac(name, value).update(content).digest() }
      yield {
        algorithm: `plain ${title} of content and secret`,
        key,
        digest: createHash(name).update(content).update(value).digest(),
      }
      yield {
        algorithm: `plain ${title} of secret and content`,
        key,
        digest: createHash(name).update(value).update(content).digest(),
      }
    }
  }
}
