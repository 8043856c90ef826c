import {
  createHmac,
  createPublicKey,
  type KeyObject,
  sign as signWith,
  createPrivateKey,
  verify as verifyWith,
} from 'node:crypto'
import { VerificationError } from '../../domain/errors.ts'
import { decodeBase64, safeEqual, safeEqualText } from '../hmac.ts'
import type { WebhookRequest } from '../provider.ts'
import type { BasicScheme, HmacScheme, PublicKeyScheme, SignatureScheme, TokenScheme } from './scheme.ts'
import { type NamedValues, compileContent } from './signed-content.ts'

/** How one scheme proves a request, and how its sender would. */
export interface Proof {
  /** Whether `secret` proves it. @throws VerificationError when there is nothing that could. */
  prepare(request: WebhookRequest, named: NamedValues): (secret: string) => boolean
  sign(request: WebhookRequest, named: NamedValues, secret: string): Record<string, string>
  /** Header of the proof. */
  header: string
}

export function createProof(scheme: SignatureScheme): Proof {
  switch (scheme.kind) {
    case 'hmac':
      return signedProof(scheme, hmacKey(scheme))
    case 'ed25519':
    case 'ecdsa':
    case 'rsa':
      return signedProof(scheme, publicKey(scheme))
    case 'bearer':
    case 'token':
      return tokenProof(scheme)
    case 'basic':
      return basicProof(scheme)
  }
}

interface Key {
  proves(secret: string, content: Buffer, signature: Buffer): boolean
  sign(secret: string, content: Buffer): Buffer
}

function signedProof(scheme: HmacScheme | PublicKeyScheme, key: Key): Proof {
  const { header, prefix = '', encoding = scheme.kind === 'hmac' ? 'hex' : 'base64' } = scheme
  const content = compileContent(scheme.content ?? '{body}')
  return {
    header,
    prepare(request, named) {
      const written = request.headers[header]
      if (!written) throw new VerificationError('missing_signature')
      const signature = written.startsWith(prefix) ? decode(written.slice(prefix.length), encoding) : undefined
      const bytes = content(request, named)
      if (signature === undefined || bytes === undefined) throw new VerificationError('invalid_signature')
      return (secret) => key.proves(secret, bytes, signature)
    },
    sign(request, named, secret) {
      const bytes = content(request, named)
      if (bytes === undefined) throw new Error('a value of the signed content is missing')
      return { [header]: prefix + key.sign(secret, bytes).toString(encoding) }
    },
  }
}

/** The whole text or nothing: Node's decoders stop at the first bad character and let trailing garbage pass. */
function decode(text: string, encoding: 'hex' | 'base64'): Buffer | undefined {
  if (encoding === 'base64') return decodeBase64(text)
  return /^([0-9a-f]{2})+$/.test(text) ? Buffer.from(text, 'hex') : undefined
}

function hmacKey({ algorithm = 'sha256', secret: written = 'text' }: HmacScheme): Key {
  const keyOf = (secret: string): string | Buffer | undefined => (written === 'text' ? secret : decode(secret, written))
  const digest = (key: string | Buffer, content: Buffer): Buffer => createHmac(algorithm, key).update(content).digest()
  return {
    sign(secret, content) {
      const key = keyOf(secret)
      if (key === undefined) throw new Error(`the secret is not written in ${written}`)
      return digest(key, content)
    },
    proves(secret, content, signature) {
      const key = keyOf(secret)
      return key !== undefined && safeEqual(signature, digest(key, content))
    },
  }
}

function publicKey({ kind }: PublicKeyScheme): Key {
  const digest = kind === 'ed25519' ? null : 'sha256'
  const type = { ed25519: 'ed25519', ecdsa: 'ec', rsa: 'rsa' }[kind]
  return {
    proves(secret, content, signature) {
      const key = readPublicKey(secret)
      return key?.asymmetricKeyType === type && verifyWith(digest, content, key, signature)
    },
    sign: (secret, content) => signWith(digest, content, readPrivateKey(secret)),
  }
}

/** PEM, or base64 of the DER that stands in one. @throws Error for anything else. */
function readPrivateKey(text: string): KeyObject {
  const der = decodeBase64(text)
  return createPrivateKey(der === undefined ? text : { key: der, format: 'der', type: 'pkcs8' })
}

const PEM = /^-----BEGIN PUBLIC KEY-----[\s\w+/=]+-----END PUBLIC KEY-----\s*$/

/** PEM, or base64 of the DER that stands in one. Undefined for anything else. */
function readPublicKey(text: string): KeyObject | undefined {
  const der = PEM.test(text) ? undefined : decodeBase64(text)
  if (der === undefined && !PEM.test(text)) return undefined
  try {
    return createPublicKey(der === undefined ? text : { key: der, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

function tokenProof(scheme: TokenScheme): Proof {
  const header = scheme.header ?? 'authorization'
  const isBearer = scheme.kind === 'bearer'
  return {
    header,
    prepare({ headers }) {
      const written = headers[header]
      if (!written) throw new VerificationError('missing_signature')
      const token = isBearer ? /^Bearer (.+)$/i.exec(written)?.[1] : written
      if (token === undefined) throw new VerificationError('invalid_signature')
      return (secret) => safeEqualText(token, secret)
    },
    sign: (_request, _named, secret) => ({ [header]: isBearer ? `Bearer ${secret}` : secret }),
  }
}

const basicCredentials = (secret: string): string => `Basic ${Buffer.from(secret).toString('base64')}`

function basicProof(_scheme: BasicScheme): Proof {
  return {
    header: 'authorization',
    prepare({ headers }) {
      const written = headers['authorization']
      if (!written) throw new VerificationError('missing_signature')
      const credentials = written.replace(/^basic /i, 'Basic ')
      return (secret) => safeEqualText(credentials, basicCredentials(secret))
    },
    sign: (_request, _named, secret) => ({ authorization: basicCredentials(secret) }),
  }
}
