import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ZodType } from 'zod'
import { VerificationError } from '../../src/domain/errors.ts'
import { payloadOf } from '../../src/providers/payload.ts'
import { type Delivery, EXPECTED, type Hook, type Manner, toRequest } from '../../src/simulator/delivery.ts'
import { createWorlds } from '../../src/simulator/simulator.ts'
import type { Change, World } from '../../src/simulator/world.ts'

const SECRETS: Record<string, string> = {
  github: 'a-github-secret-of-some-length',
  stripe: 'whsec_a-stripe-secret-of-some-length-0',
  'team-connect': 'a-team-connect-secret',
  'standard-webhooks': `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
}

const START = new Date('2026-05-04T10:00:00.250Z')
const CHANGES = 400

const hookOf = (world: World): Hook => ({
  source: world.provider.name,
  world,
  url: `http://127.0.0.1/webhooks/${world.provider.name}`,
  secret: SECRETS[world.provider.name] ?? '',
})

/** Several changes a second: faster than any demonstration. */
const changesOf = (world: World): Change[] =>
  Array.from({ length: CHANGES }, (_, index) => world.change(new Date(START.getTime() + index * 40)))

const now = new Date(START.getTime() + CHANGES * 40)

function received(delivery: Delivery) {
  const { headers, body } = toRequest(delivery, now)
  return { method: 'POST', url: delivery.hook.url, headers, body }
}

for (const world of createWorlds('one seed')) {
  const { provider } = world
  const schemas: Readonly<Record<string, ZodType>> = provider.schemas
  const hook = hookOf(world)
  const changes = changesOf(world)
  const verify = (manner: Manner, change: Change) =>
    provider.verify(received({ hook, change, manner }), [hook.secret], now.getTime() / 1000)

  test(`every ${provider.name} webhook verifies, is identified and fits its schema`, async () => {
    for (const change of changes) {
      assert.deepEqual(await verify('genuine', change), { secretIndex: 0 })
      const [event, ...others] = provider.identify(received({ hook, change, manner: 'genuine' }))
      assert.ok(event)
      assert.equal(others.length, 0)
      assert.equal(event.id, change.eventId)
      const schema = schemas[event.type]
      assert.equal(schema === undefined, provider.name === 'standard-webhooks', event.type)
      schema?.parse(payloadOf(provider, change.body))
    }
  })

  test(`${provider.name} webhooks are about entities whose truth is known`, () => {
    const known = new Set(world.truth().map(({ entity }) => `${entity.kind} ${entity.id}`))
    const named = changes.flatMap((change) => {
      const [event] = provider.identify(received({ hook, change, manner: 'genuine' }))
      return event?.entity === undefined ? [] : [`${event.entity.kind} ${event.entity.id}`]
    })
    assert.deepEqual(new Set(named), known)
    assert.ok(known.size > 10)
  })

  test(`no two ${provider.name} webhooks share their ID or their bytes`, () => {
    assert.equal(new Set(changes.map(({ eventId }) => eventId)).size, CHANGES)
    assert.equal(new Set(changes.map(({ body }) => body.toString())).size, CHANGES)
  })

  const attacks: Manner[] = world.signsTime ? ['forged', 'tampered', 'stale'] : ['forged', 'tampered']
  for (const manner of attacks) {
    test(`a ${manner} ${provider.name} webhook is refused with ${EXPECTED[manner]}`, async () => {
      for (const change of changes.slice(0, 20)) {
        await assert.rejects(
          async () => verify(manner, change),
          (error) => error instanceof VerificationError && error.code === EXPECTED[manner],
        )
      }
    })
  }
}

test('a repeated webhook is signed at the time when it is sent again', () => {
  const [, world] = createWorlds('one seed')
  assert.ok(world)
  const hook = hookOf(world)
  const change = world.change(START)
  const first = toRequest({ hook, change, manner: 'genuine' }, START)
  const second = toRequest({ hook, change, manner: 'repeated' }, new Date(START.getTime() + 5000))
  assert.deepEqual(first.body, second.body)
  assert.notEqual(first.headers['stripe-signature'], second.headers['stripe-signature'])
})

test('the same seed makes the same changes, another seed makes others', () => {
  const bodies = (seed: string) =>
    createWorlds(seed).map((world) => changesOf(world).map(({ body }) => body.toString()))
  assert.deepEqual(bodies('one seed'), bodies('one seed'))
  assert.notDeepEqual(bodies('one seed'), bodies('another seed'))
})
