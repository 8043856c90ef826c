import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto'

/** One certificate with its private key. */
export interface TestCertificate {
  name: string
  key: KeyObject
  pem: string
}

export interface CertificateOptions {
  /** Its common name. */
  name: string
  issuer?: TestCertificate
  /** Default: the years around 2026. */
  from?: Date
  to?: Date
  isAuthority?: boolean
  /** Where it says that its issuer's certificate stands. */
  issuerUrl?: string
  /** Default `rsa`. */
  type?: 'rsa' | 'ec'
}

let serial = 1

/** Makes a certificate, signed by its issuer or by itself. By hand, for a test must choose its dates, which command lines cannot do everywhere. */
export function makeCertificate(options: CertificateOptions): TestCertificate {
  const { name, issuer, isAuthority = false, issuerUrl, type = 'rsa' } = options
  const { publicKey, privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const signer = issuer?.key ?? privateKey
  const algorithm =
    signer.asymmetricKeyType === 'rsa' ? sequence(oid('2a864886f70d01010b'), NULL) : sequence(oid('2a8648ce3d040302'))
  const extensions = [
    ...(isAuthority ? [extension('551d13', sequence(der(0x01, Buffer.from([0xff]))))] : []),
    ...(issuerUrl === undefined ? [] : [extension('2b06010505070101', sequence(caIssuers(issuerUrl)))]),
  ]
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial++])),
    algorithm,
    commonName(issuer?.name ?? name),
    sequence(time(options.from ?? new Date('2025-01-01')), time(options.to ?? new Date('2027-01-01'))),
    commonName(name),
    publicKey.export({ format: 'der', type: 'spki' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  )
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, signer)]))
  const base64 = sequence(content, algorithm, signature).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return {
    name,
    key: privateKey,
    pem: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  }
}

export const toDer = ({ pem }: TestCertificate): Buffer => Buffer.from(pem.replace(/-----.*-----|\n/g, ''), 'base64')

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const NULL = der(0x05, Buffer.alloc(0))
const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts))
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const commonName = (name: string): Buffer => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name)))))
const time = (date: Date): Buffer => der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`))
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), der(0x04, value))
const caIssuers = (url: string): Buffer => sequence(oid('2b06010505073002'), der(0x86, Buffer.from(url)))
