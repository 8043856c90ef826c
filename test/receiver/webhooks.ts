import { randomUUID } from 'node:crypto'
import { providers } from '../support/providers.ts'
import type { Provider } from '../../src/providers/provider.ts'
import type { Source } from '../../src/providers/source.ts'

export const SECRET = 'whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHMsIGxvbmc='

/** A source of Team-Connect named `calls`, unless said otherwise. */
export const testSource = (overrides: Partial<Source> = {}): Source => ({
  id: 'calls',
  name: 'Calls',
  provider: providers['team-connect'],
  path: `/webhooks/${overrides.id ?? 'calls'}`,
  typeSuffix: false,
  secrets: [{ slot: 'current', value: SECRET }],
  mirror: false,
  taskQueue: 'posthorn-events',
  maxBodyBytes: 1024 * 1024,
  allowIps: [],
  onMissingId: 'derive',
  onMalformed: 'park',
  ...overrides,
})

export const CALLS = testSource()
export const SHOP = testSource({ id: 'shop', provider: providers.stripe })
export const CODE = testSource({ id: 'code', provider: providers.github })
export const STANDARD = testSource({ id: 'standard', provider: providers['standard-webhooks'] })

export interface Webhook {
  path: string
  headers: Record<string, string>
  body: Buffer
}

export interface WebhookOptions {
  source?: Source
  body?: Buffer | string | object
  secret?: string
  /** Unix seconds. Default: now. */
  at?: number
  id?: string
  type?: string
  /** Added to the signed ones, or put in their place. */
  headers?: Record<string, string>
}

/** A genuine request, signed as its provider signs. */
export function webhook(options: WebhookOptions = {}): Webhook {
  const { source = CALLS, id = `evt_${randomUUID()}`, headers } = options
  const type = options.type ?? (source.provider.name === 'github' ? 'issues.opened' : 'call.ended')
  const body = toBytes(options.body ?? bodyOf(source, id, type))
  const provider: Provider = source.provider
  const signed = provider.sign(body, options.secret ?? SECRET, {
    now: options.at ?? unixNow(),
    url: `https://hooks.example.com${source.path}`,
    id,
    type,
  })
  return { path: source.path, headers: { 'content-type': 'application/json', ...signed, ...headers }, body }
}

export const unixNow = (): number => Math.floor(Date.now() / 1_000)

function bodyOf(source: Source, id: string, type: string): object {
  if (source.provider.name !== 'github') return { id, type, data: { call_id: 'call_1' } }
  return { action: type.split('.')[1], issue: { number: 1, title: id }, repository: { full_name: 'octo/hello' } }
}

function toBytes(body: Buffer | string | object): Buffer {
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}
