import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSchemaMisfit } from '../../providers/find-misfit.ts'
import { payloadOf } from '../../providers/payload.ts'
import { schemaOf } from '../../providers/schema-of.ts'
import { expectRefusal } from './expect-refusal.ts'
import { NOW, type Subject } from './provider-harness.ts'

const MALFORMED_BODIES = [
  '',
  ' ',
  'null',
  '17',
  '"text"',
  '[]',
  '[{}]',
  '{',
  '{"a":1}}',
  "{'a':1}",
  '{"a":NaN}',
  '['.repeat(200_000),
  '{"a":'.repeat(200_000),
  `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
]

const INHERITED = Object.getOwnPropertyNames(Object.prototype)

export function identityTests(subject: Subject): void {
  const { provider, harness, request } = subject

  test('identifies every event by ID and type', () => {
    const { id, type, others = [] } = harness
    const identified = provider.identify(request()).map((event) => ({ id: event.id, type: event.type }))
    assert.deepEqual(identified, [{ id, type }, ...others.map((other) => ({ id: other.id, type: other.type }))])
  })

  test('identifies a redelivery as the same event', () => {
    const first = provider.identify(request())
    const again = provider.identify(request({ now: NOW + 3600 }))
    const identity = (events: typeof first) => events.map((event) => ({ ...event, deliveryId: 'of one delivery' }))
    assert.deepEqual(identity(again), identity(first))
  })

  test('fits the schema that it declares for the type, with unknown fields and all', () => {
    const schema = schemaOf(provider, harness.type)
    if (schema === undefined) return
    const [event] = provider.identify(request())
    const payload = payloadOf(provider, event?.part ?? harness.body) as object
    const result = schema.safeParse({ ...payload, a_field_of_the_future: { added: true } })
    assert.deepEqual(result.error?.issues, undefined)
  })

  test('has no schema for a type that is only the name of something every object has', () => {
    for (const type of INHERITED) assert.equal(findSchemaMisfit({ provider }, { type }, harness.body), undefined, type)
  })

  if (harness.wire === undefined || harness.wire === 'json') jsonTests(subject)
}

function jsonTests({ provider, harness, request }: Subject): void {
  test('refuses a verified body that is not a JSON object', async () => {
    for (const text of MALFORMED_BODIES) {
      const body = Buffer.from(text)
      await expectRefusal(() => provider.identify({ ...request(), body }), 400, text.slice(0, 20))
    }
  })

  test('refuses a genuine body with a field in it that nests without end, or is not UTF-8', async () => {
    const withField = (value: Buffer) =>
      Buffer.concat([Buffer.from('{"x":'), value, Buffer.from(','), harness.body.subarray(1)])
    assert.equal(provider.identify({ ...request(), body: withField(Buffer.from('[[["["]]]')) }).length, 1)
    const deep = Buffer.from('['.repeat(10_000) + ']'.repeat(10_000))
    const notUtf8 = Buffer.from([0x22, 0xff, 0x22])
    for (const value of [deep, notUtf8]) {
      await expectRefusal(
        () => provider.identify({ ...request(), body: withField(value) }),
        400,
        value.toString('utf8', 0, 9),
      )
    }
  })
}
