import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newSecret } from '../../src/providers/new-secret.ts'
import { payloadOf } from '../../src/providers/payload.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { post } from '../../src/simulator/post.ts'
import { type Samples, loadSamples } from '../../src/simulator/samples.ts'
import { type SignedRequest, hookUrl, signWebhook } from '../../src/simulator/sign-webhook.ts'
import { TAMPERINGS, type Tampering } from '../../src/simulator/tamper.ts'
import { type TestReceiver, startReceiver } from '../receiver/start-receiver.ts'
import { testSource } from '../receiver/webhooks.ts'
import { providers as shipped } from '../support/providers.ts'
import { standInPaypal } from './stand-in-paypal.ts'

const providers: readonly Provider[] = Object.values({ ...shipped, paypal: standInPaypal() })
const PUBLIC_URL = 'https://hooks.example.com'

const sides = new Map(providers.map((provider) => [provider.name, newSecret(provider)]))
const secretOf = ({ name }: Provider) => sides.get(name) ?? assert.fail(name)

let receiver: TestReceiver
before(async () => {
  const sources = providers.map((provider) =>
    testSource({ id: provider.name, provider, secrets: [{ slot: 'current', value: secretOf(provider).verify }] }),
  )
  receiver = await startReceiver({ sources, settings: { rateLimitPerIp: 100_000 } })
})
after(() => receiver.close())

interface Prepared extends SignedRequest {
  url: string
}

function prepare(provider: Provider, samples: Samples, type: string, tampering?: Tampering): Prepared {
  const id = samples.newId(type)
  const content = samples.write(type, { id, now: new Date(), seed: type }) ?? assert.fail(`no sample of ${type}`)
  const url = hookUrl(provider, `${PUBLIC_URL}/webhooks/${provider.name}`, content)
  const facts = { now: Math.floor(Date.now() / 1000), url, id, type }
  const secret = secretOf(provider).sign
  return { url, ...signWebhook({ provider, secret, facts, ...content, ...(tampering !== undefined && { tampering }) }) }
}

const deliver = ({ url, headers, body }: Prepared) =>
  post({ url: url.replace(PUBLIC_URL, `http://127.0.0.1:${receiver.port}`), headers, body })

for (const provider of providers) {
  describe(provider.name, async () => {
    const samples = (await loadSamples(provider)) ?? assert.fail(`no samples of ${provider.name}`)

    test('there is a sample of every type that has a schema', () => {
      assert.deepEqual(
        Object.keys(provider.schemas).filter((type) => !samples.types.includes(type)),
        [],
      )
      assert.ok(samples.types.length > 0)
    })

    test('each is identified with the type that it is listed under, and fits its schema', () => {
      for (const type of samples.types) {
        const { url, headers, body } = prepare(provider, samples, type)
        const [event, ...others] = provider.identify({ method: 'POST', url, headers, body })
        assert.deepEqual([event?.type, others.length], [type, 0])
        assert.ok(event?.id, `${type} has no ID`)
        provider.schemas[type]?.parse(payloadOf(provider, event.part ?? body))
      }
    })

    test('each is accepted by the receiver', async () => {
      for (const type of samples.types) {
        const answer = await deliver(prepare(provider, samples, type))
        assert.equal(answer?.status, 200, `${type}: ${answer?.text}`)
      }
    })

    test('a sample that was tampered with is refused', async () => {
      const [type = ''] = samples.types
      for (const tampering of TAMPERINGS) {
        const answer = await deliver(prepare(provider, samples, type, tampering))
        const isTimeless = tampering === 'timestamp' && !PROVES_TIME.has(provider.name)
        assert.equal(answer?.status, isTimeless ? 200 : 401, `${tampering}: ${answer?.text}`)
      }
    })

    test('two samples of a type are two events', () => {
      const [type = ''] = samples.types
      const idOf = (seed: string) => {
        const id = samples.newId(seed)
        const content = samples.write(type, { id, now: new Date(), seed }) ?? assert.fail()
        const headers = provider.sign(content.body, secretOf(provider).sign, { now: 0, url: '', id, type })
        return provider.identify({ method: 'POST', url: '', headers, body: content.body })[0]?.id
      }
      assert.notEqual(idOf('one'), idOf('two'))
    })
  })
}

/** The others state no time, or none that is proven. */
const PROVES_TIME = new Set([
  'buildkite',
  'calendly',
  'gitlab',
  'linear',
  'messagebird',
  'paypal',
  'sendgrid',
  'slack',
  'standard-webhooks',
  'stripe',
  'svix',
  'team-connect',
  'telnyx',
  'vonage',
])

test('what a provider states of the body in its URL it states under whatever name it is composed', () => {
  const content = { contentType: 'application/json', body: Buffer.from('{}') }
  const named = { ...shipped.twilio, name: 'our-twilio' }
  assert.match(hookUrl(named, 'https://hooks.example.com/webhooks/sms', content), /\?bodySHA256=[0-9a-f]{64}$/)
})
