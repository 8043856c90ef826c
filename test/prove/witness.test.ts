import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentSources, unwarySources } from '../../src/prove/not-shown.ts'
import { createWitness } from '../../src/prove/witness.ts'
import type { Hook, Manner } from '../../src/simulator/delivery.ts'
import { createWorlds } from '../../src/simulator/simulator.ts'

const [world] = createWorlds('1')
const hook = { source: 'github', world, url: 'http://127.0.0.1/webhooks/github', secret: '' } as Hook

/** A witness of one event after these answers to it. */
function seen(...answers: { manner?: Manner; status?: number | undefined; code?: string; duplicate?: boolean }[]) {
  const witness = createWitness()
  witness.happened(hook, { eventId: '1', type: 'push', occurredAt: new Date(), body: Buffer.from('{}') })
  for (const { manner = 'genuine', status, duplicate = false, ...answer } of answers) {
    witness.record({ source: 'github', eventId: '1', manner, status, duplicate, ms: 1, willRetry: false, ...answer })
  }
  return witness
}

const refusals = (witness: ReturnType<typeof seen>) => Object.fromEntries(witness.refused)

test('a genuine webhook that is refused is found, and one that a fault kept out is not', () => {
  const refused = { status: 401, code: 'invalid_signature' }
  assert.deepEqual(refusals(seen(refused)), { 'github 1': 'was refused as invalid_signature, and is genuine' })
  assert.deepEqual(refusals(seen({ ...refused, manner: 'repeated' }, { status: 200 })), refusals(seen(refused)))
  const bug = seen({ status: 500, code: 'internal_error' }, { status: 200 })
  assert.deepEqual(refusals(bug), { 'github 1': 'was refused as internal_error, and is genuine' })
  assert.deepEqual(refusals(seen({ status: 404 })), { 'github 1': 'was refused as status 404, and is genuine' })
  const faults = [{ status: undefined }, { status: 408 }, { status: 429 }, { status: 502 }, { status: 503 }]
  const witness = seen(...faults, { status: 200 })
  assert.deepEqual(refusals(witness), {})
  assert.equal(witness.events.get('github 1')?.acknowledged, true)
})

test('a forgery counts when it is refused for what it is', () => {
  const forged = seen(
    { manner: 'forged', status: 401, code: 'invalid_signature' },
    { manner: 'stale', status: 401, code: 'stale_timestamp' },
    { manner: 'oversize', status: 413, code: 'payload_too_large' },
    { manner: 'tampered', status: undefined },
    { manner: 'tampered', status: 503, code: 'overloaded' },
  )
  assert.equal(forged.forged, 3)
  assert.deepEqual(refusals(forged), {})
  assert.deepEqual(unwarySources(forged), [])
  const otherwise = seen({ manner: 'stale', status: 401, code: 'invalid_signature' })
  assert.equal(otherwise.forged, 0)
  assert.deepEqual(unwarySources(otherwise), ['github'])
  const told = 'was refused as invalid_signature when it came stale, and not as stale_timestamp'
  assert.deepEqual(refusals(otherwise), { 'github 1': told })
  const bug = 'was refused as internal_error when it came forged, and not as invalid_signature'
  assert.deepEqual(refusals(seen({ manner: 'forged', status: 500, code: 'internal_error' })), { 'github 1': bug })
})

test('a forgery that is let in is found', () => {
  const witness = seen({ manner: 'forged', status: 200 })
  assert.deepEqual([witness.forged, witness.forgedAccepted], [1, ['github 1']])
  assert.deepEqual(unwarySources(witness), ['github'])
  assert.equal(witness.events.get('github 1')?.acknowledged, false)
})

test('a source of many events and no acknowledged webhook is silent', () => {
  const events = (count: number, acknowledged: number) =>
    Array.from({ length: count }, (_, n) => {
      const event = { bodyHash: '', isListed: true, acknowledged: n < acknowledged, takenAsNew: 0 }
      return [`source-${count}-${acknowledged} ${n}`, event] as const
    })
  const all = new Map([...events(30, 0), ...events(40, 1), ...events(3, 0)])
  assert.deepEqual(silentSources({ events: all }), ['source-30-0'])
})
