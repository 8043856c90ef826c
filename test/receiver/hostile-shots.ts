import assert from 'node:assert/strict'
import { type Random, mutateBody, mutateHeaders, scrap } from '../../src/kit/testing/mutations.ts'
import { newSecret } from '../../src/providers/new-secret.ts'
import type { Provider, SecretPair } from '../../src/providers/provider.ts'
import { type Samples, loadSamples } from '../../src/simulator/samples.ts'
import { type WebhookToSign, hookUrl, signWebhook } from '../../src/simulator/sign-webhook.ts'
import { isProofChanged, provenContent } from './proven-content.ts'
import type { Webhook } from './webhooks.ts'

/** One provider under fire. */
export interface Target {
  provider: Provider
  samples: Samples
  secret: SecretPair
  /** Of somebody else. */
  otherSecret: SecretPair
  /** Everything that was signed with the right secret. */
  genuine: Set<string>
  last?: Message
}

export interface Message extends Webhook {
  method: string
}

export interface Shot {
  kind: string
  target: Target
  message: Message
  /** Nobody who knows the secret has made it. */
  isForged: boolean
}

/** These sign the URL that they call, too. */
const SIGNS_URL = new Set(['messagebird', 'twilio'])

export async function aim(provider: Provider): Promise<Target> {
  const samples = await loadSamples(provider)
  assert.ok(samples, provider.name)
  return { provider, samples, secret: newSecret(provider), otherSecret: newSecret(provider), genuine: new Set() }
}

/** One request of any kind: most are hostile, some are what a provider sends. */
export function nextShot(targets: readonly Target[], random: Random): Shot {
  const target = pick(targets, random)
  const isFresh = random(20) === 0
  const good = isFresh || target.last === undefined ? genuine(target, random) : target.last
  const shot = (kind: string, change: Partial<Message>, isForged: boolean): Shot => {
    return { kind, target, message: { ...good, ...change }, isForged }
  }
  switch (random(8)) {
    case 0:
      return isFresh ? shot('genuine', {}, false) : shot('unsigned', unsigned(target, random), true)
    case 1:
    case 2: {
      const headers = clean(good, random)
      return shot('headers', { headers }, isProofChanged(good.headers, headers))
    }
    case 3:
      // A signature is dear, and those of a stranger need not be many.
      if (random(3) > 0) break
      return shot('stranger', sign(target, random, { secret: target.otherSecret.sign }), true)
    case 4:
      return shot('method', { ...unsigned(target, random), method: pick(METHODS, random) }, true)
    case 5: {
      const path = good.path + pick(PATHS, random)
      return shot('path', { path }, path !== good.path && SIGNS_URL.has(target.provider.name))
    }
    case 6:
      if (isFresh) return shot('signed garbage', garbage(target, random), false)
  }
  const body = mutateBody(good.body, random, isJson(good))
  return shot('body', { body }, !isProven(target, body))
}

const METHODS = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'POST']
const PATHS = ['', '/', '/x', '?a=b', '/..%2f..', '%00', '/%e0%80%80', '//']

const pick = <T>(items: readonly T[], random: Random): T => items[random(items.length)] as T

const isJson = ({ headers, body }: Message): boolean =>
  headers['content-type'] === 'application/json' && body.toString().startsWith('{')

/** Whether all that the body proves, and something it must be, was signed before. */
function isProven({ provider, genuine }: Target, body: Buffer): boolean {
  const content = provenContent(provider.name, body)
  return content.length > 0 && content.every((part) => genuine.has(part))
}

interface Wish {
  secret: string
  /** Makes something else of the sample. */
  change?: (sample: Sample) => Sample
}

interface Sample {
  type: string
  body: Buffer
}

function sign({ provider, samples }: Target, random: Random, { secret, change = (sample) => sample }: Wish): Message {
  const seed = String(random(2 ** 31))
  const [named, id, now] = [pick(samples.types, random), samples.newId(seed), new Date()]
  const sample = samples.write(named, { id, now, seed })
  assert.ok(sample, named)
  const { type, body: written } = change({ type: named, body: sample.body })
  const content = { contentType: sample.contentType, body: written }
  const url = hookUrl(provider, `https://hooks.example.com/webhooks/${provider.name}`, content)
  const facts: WebhookToSign['facts'] = { now: Math.floor(now.getTime() / 1000), url, id, type }
  const { headers, body } = signWebhook({ provider, secret, facts, ...content })
  const { pathname, search } = new URL(url)
  return { method: provider.methods[0] ?? 'POST', path: pathname + search, headers, body }
}

function genuine(target: Target, random: Random, change?: Wish['change']): Message {
  const message = sign(target, random, { secret: target.secret.sign, ...(change && { change }) })
  for (const part of provenContent(target.provider.name, message.body)) target.genuine.add(part)
  // Later shots are made of it; of garbage they would be nothing but refused.
  if (change === undefined) target.last = message
  return message
}

/** What every object has is no type of an event. */
const INHERITED = 'constructor'

/** What the provider itself would sign, though nobody can read it; or the genuine request, where its own signer cannot. */
function garbage(target: Target, random: Random): Message {
  try {
    return genuine(target, random, ({ type, body }) =>
      random(2) === 0
        ? { type, body: mutateBody(body, random, body.toString().startsWith('{')) }
        : { type: INHERITED, body: Buffer.from(body.toString().replaceAll(type, INHERITED)) },
    )
  } catch {
    return genuine(target, random)
  }
}

/** Without its proof. A signature that stands in the body would come along. */
function unsigned(target: Target, random: Random): Message {
  const { last } = target
  const headers = { 'content-type': 'application/json' }
  if (last !== undefined && target.provider.embedSignature === undefined) return { ...last, headers }
  const path = `/webhooks/${target.provider.name}`
  return { method: 'POST', path, headers, body: Buffer.from(scrap(random)) }
}

/** What no HTTP parser lets through would only end the connection. */
const clean = ({ headers }: Message, random: Random): Record<string, string> =>
  Object.fromEntries(
    Object.entries(mutateHeaders(headers, random)).map(([name, value]) => [
      name,
      value.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '').trim(),
    ]),
  )
