import { TOLERANCE_SECONDS } from '../timestamp.ts'
import type { GenericOptions, HmacScheme, PublicKeyScheme } from './scheme.ts'

/** How a request is proven, as the other providers say it of themselves. */
export function describeScheme({ signature, timestamp }: Pick<GenericOptions, 'signature' | 'timestamp'>): string {
  switch (signature.kind) {
    case 'bearer':
      return `The secret itself as a bearer token in ${signature.header ?? 'authorization'}; nothing is signed.`
    case 'token':
      return `The secret itself in ${signature.header ?? 'authorization'}; nothing is signed.`
    case 'basic':
      return 'The secret itself, `user:password`, in authorization as Basic; nothing is signed.'
    default:
      return `${signed(signature)}; ${window(timestamp)}.`
  }
}

const PUBLIC_KEYS = { ed25519: 'Ed25519', ecdsa: 'ECDSA with SHA-256', rsa: 'RSA with SHA-256' }

function signed(scheme: HmacScheme | PublicKeyScheme): string {
  const isHmac = scheme.kind === 'hmac'
  const algorithm = isHmac ? `HMAC-${(scheme.algorithm ?? 'sha256').toUpperCase()}` : PUBLIC_KEYS[scheme.kind]
  const encoding = scheme.encoding ?? (isHmac ? 'hex' : 'base64')
  const content = scheme.content ?? '{body}'
  const over = content === '{body}' ? 'the raw body' : `\`${content}\``
  const place = scheme.prefix ? `after \`${scheme.prefix}\` in ${scheme.header}` : `in ${scheme.header}`
  return `${algorithm} of ${over} in ${encoding}, ${place}`
}

const window = (timestamp: GenericOptions['timestamp']): string =>
  timestamp === undefined
    ? 'no time is signed'
    : `${timestamp.header} may be ${timestamp.toleranceSeconds ?? TOLERANCE_SECONDS} s off`
