import { createHash } from 'node:crypto'
import { parseForm, queryOf } from '../form-fields.ts'
import { hmacSha256 } from '../hmac.ts'

export interface DigestInput {
  secret: string
  /** As the header states it. */
  time: string
  url: string
  body: Buffer
}

const bodyHash = (body: Buffer): Buffer => createHash('sha256').update(body).digest()

/** What the Bird platform signs: the time, the URL and the hash of the body, line by line. */
export const birdDigest = ({ secret, time, url, body }: DigestInput): Buffer =>
  hmacSha256(secret, `${time}\n${url}\n`, bodyHash(body))

/** What MessageBird signed before it had JWTs: the sorted query in place of the URL. */
export const legacyDigest = ({ secret, time, url, body }: DigestInput): Buffer =>
  hmacSha256(secret, `${time}\n${sortedQuery(url)}\n`, bodyHash(body))

/** Written anew, so that one encoding stands for all; the sender leaves the plus of a time zone as it is, which is read as a space. */
function sortedQuery(url: string): string {
  return parseForm(Buffer.from(queryOf(url)))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, name === 'statusDatetime' ? value.replaceAll(' ', '+') : value])
    .map((field) => field.map(encodeURIComponent).join('='))
    .join('&')
}
