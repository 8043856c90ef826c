import { isProofHeader } from '../providers/proof-headers.ts'
import type { SignedRequest } from './sign-webhook.ts'

/** Ways to spoil a signed request, each of which a receiver must refuse. */
export const TAMPERINGS = ['body', 'signature', 'timestamp', 'missing', 'trailing'] as const

export type Tampering = (typeof TAMPERINGS)[number]

/** Spoils a request after it was signed. `unsigned` is its body before a signature was put into it. `timestamp` is done by signing long ago. */
export function tamper({ headers, body }: SignedRequest, how: Tampering, unsigned: Buffer): SignedRequest {
  const proofs = Object.keys(headers).filter(isProofHeader)
  const change = (work: (proof: string) => string): SignedRequest =>
    proofs.length === 0
      ? { headers, body: changeEmbedded(body, work) }
      : {
          headers: { ...headers, ...Object.fromEntries(proofs.map((name) => [name, work(headers[name] ?? '')])) },
          body,
        }
  switch (how) {
    case 'body':
      return { headers, body: alterBody(body) }
    case 'signature':
      return change(alterProof)
    case 'trailing':
      return change((proof) => `${proof}zz`)
    case 'missing':
      return {
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !proofs.includes(name))),
        body: unsigned,
      }
    case 'timestamp':
      return { headers, body }
  }
}

/** Still what it was in form, with one digit changed; without a digit, the last letter. */
export function alterBody(body: Buffer): Buffer {
  const copy = Buffer.from(body)
  const index = copy.findLastIndex((byte) => byte >= 0x30 && byte <= 0x39)
  if (index >= 0) copy[index] = 0x30 + (((copy[index] ?? 0x30) - 0x30 + 1) % 10)
  else copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
  return copy
}

/** One character in the midst of the longest word becomes another, of the same alphabet whichever it is. */
function alterProof(proof: string): string {
  const words = [...proof.matchAll(/[\w+/-]+/g)].toSorted((a, b) => b[0].length - a[0].length)
  const at = (words[0]?.index ?? 0) + Math.floor((words[0]?.[0].length ?? 0) / 2)
  return proof.slice(0, at) + (proof[at] === 'a' ? 'b' : 'a') + proof.slice(at + 1)
}

/** The last long word of a body: a signature that stands there is base64. */
function changeEmbedded(body: Buffer, work: (proof: string) => string): Buffer {
  const text = body.toString('latin1')
  const [last] = [...text.matchAll(/[\w+/]{40,}=*/g)].slice(-1)
  if (last === undefined) return alterBody(body)
  return Buffer.from(text.slice(0, last.index) + work(last[0]) + text.slice(last.index + last[0].length), 'latin1')
}
