import { isProofHeader } from '../providers/proof-headers.ts'
import type { WebhookRequest } from '../providers/provider.ts'
import type { Finding } from './diagnosis.ts'
import { shapeOf } from './shape.ts'
import type { Specimen } from './specimen.ts'

/** Which headers had to be there, which are, and whether they are written as they should be. */
export function headerFindings({ headers }: WebhookRequest, specimen: Specimen | undefined): Finding[] {
  if (specimen === undefined) return [seenFinding(headers)]
  const missing = specimen.needed.filter((name) => headers[name] === undefined)
  if (missing.length > 0) {
    return [{ check: 'headers', result: 'wrong', detail: `Missing: ${missing.join(', ')}. ${seenSentence(headers)}` }]
  }
  if (specimen.needed.length === 0)
    return [{ check: 'headers', result: 'noted', detail: 'The proof stands in the body, not in a header.' }]
  return [
    { check: 'headers', result: 'right', detail: `Found: ${specimen.needed.join(', ')}.` },
    ...specimen.needed.flatMap((name) => formatFindings(name, headers[name] ?? '', specimen.headers[name] ?? '')),
  ]
}

const seenFinding = (headers: WebhookRequest['headers']): Finding => ({
  check: 'headers',
  result: 'noted',
  detail: seenSentence(headers),
})

function seenSentence(headers: WebhookRequest['headers']): string {
  const seen = Object.keys(headers).filter(isProofHeader)
  return seen.length === 0 ? 'No header looks like a signature.' : `What looks like a proof: ${seen.join(', ')}.`
}

function formatFindings(name: string, seen: string, right: string): Finding[] {
  const [is, should] = [shapeOf(seen), shapeOf(right)]
  // Lengths of IDs and of texts differ from one request to the next.
  if (is === should || should.includes('characters'))
    return [{ check: 'format', result: 'noted', detail: `${name} is ${is}.` }]
  return [{ check: 'format', result: 'wrong', detail: `${name} is ${is}, where ${should} is expected.` }]
}
