import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packEvent, unpackEvent } from '../../src/storage/packed-event.ts'
import { incomingEvent } from './incoming-event.ts'

test('an event that goes another way to the inbox arrives as it left', () => {
  const plain = incomingEvent()
  const full = incomingEvent({
    ...{ signedAs: 'bytes', volatile: ['/meta'], entity: { kind: 'invoice', id: 'in_1' }, sequence: 2n ** 60n },
    ...{
      occurredAt: new Date(1_000),
      receivedAt: new Date(2_000),
      apiVersion: 'v1',
      tenant: 'acme',
      account: 'acct_1',
    },
    ...{ deliveryId: 'msg_1', hold: { state: 'ignored' as const, reason: 'baseline' }, priority: 2, remoteIp: '::1' },
  })
  for (const event of [plain, full]) assert.deepEqual(unpackEvent(packEvent(event)), event)
})
