import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { post, request } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'
import { SECRET, webhook } from './webhooks.ts'

let receiver: TestReceiver
before(async () => (receiver = await startReceiver()))
after(() => receiver.close())

async function linesOf(action: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const before = receiver.log.lines().length
  await action()
  return receiver.log.lines().slice(before)
}

test('an accepted webhook is one line with all that is known of it (rows 309, 313, 314)', async () => {
  const event = webhook({ id: 'evt_line' })
  const [line, ...more] = await linesOf(() => post(receiver.port, event))
  assert.deepEqual(more, [])
  const { time, durationMs, receiptId, ...rest } = line ?? {}
  assert.deepEqual(rest, {
    level: 'info',
    service: 'posthorn-receiver',
    msg: 'webhook.accepted',
    source: 'calls',
    verdict: 'new',
    status: 200,
    eventId: 'evt_line',
    key: 'evt_line',
    eventType: 'call.ended',
    deliveryId: event.headers['x-teamconnect-delivery'],
    bytes: event.body.length,
    secretSlot: 'current',
    remoteIp: '127.0.0.1',
  })
  assert.equal(Number.isNaN(Date.parse(String(time))), false)
  assert.equal(typeof durationMs, 'number')
  assert.match(String(receiptId), /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
})

test('a refused webhook is one line with the reason and the receipt, and is louder when a signature failed (rows 83, 317)', async () => {
  const [forged] = await linesOf(() => post(receiver.port, webhook({ secret: 'not the secret' })))
  assert.deepEqual(
    ['msg', 'level', 'verdict', 'code', 'status'].map((field) => forged?.[field]),
    ['webhook.refused', 'warn', 'refused', 'invalid_signature', 401],
  )
  assert.match(String(forged?.['receiptId']), /^[0-9a-f-]{36}$/)
  const [wrongMethod] = await linesOf(() => request(receiver.port, { method: 'PUT', path: '/webhooks/calls' }))
  assert.deepEqual([wrongMethod?.['level'], wrongMethod?.['code']], ['info', 'method_not_allowed'])
})

test('what anybody can cause at will is logged only when asked for: unknown paths and probes', async () => {
  const [unknown] = await linesOf(() => post(receiver.port, { ...webhook(), path: '/wp-login.php' }))
  assert.deepEqual([unknown?.['level'], unknown?.['code'], unknown?.['source']], ['debug', 'not_found', undefined])
  const [probe] = await linesOf(() => request(receiver.port, { method: 'HEAD', path: '/webhooks/calls' }))
  assert.deepEqual([probe?.['level'], probe?.['msg']], ['debug', 'webhook.probed'])
})

test('neither log nor metrics hold a secret, a signature, a header or a payload (rows 284, 285, 288)', async () => {
  const body = { id: 'evt_private', type: 'call.ended', data: { call_id: 'call_1', from: '+441625555123' } }
  const headers = { authorization: 'Bearer hunter2', cookie: 'session=hunter3' }
  const genuine = webhook({ body, headers })
  const forged = webhook({ body, headers, secret: 'not the secret' })
  await post(receiver.port, { ...genuine, path: `${genuine.path}?key=hunter4` })
  await post(receiver.port, forged)
  const written = receiver.log.text() + (await receiver.metrics.registry.metrics())
  assert.match(written, /evt_private/)
  const signatures = [genuine, forged].map((each) => (each.headers['x-teamconnect-signature'] ?? '').slice(7))
  for (const secret of [SECRET, ...signatures, '+441625555123', 'hunter2', 'hunter3', 'hunter4']) {
    assert.equal(written.includes(secret), false, secret)
  }
})

test('requests are counted by source, verdict and code, and timed by status class (rows 305, 307)', async () => {
  const fresh = await startReceiver()
  await post(fresh.port, webhook())
  await post(fresh.port, webhook({ secret: 'not the secret' }))
  await post(fresh.port, { ...webhook(), path: '/webhooks/nobody' })
  await request(fresh.port, { method: 'HEAD', path: '/webhooks/calls' })
  await request(fresh.port, { method: 'GET', path: '/health/live' })
  const { values } = await fresh.metrics.receipts.get()
  assert.deepEqual(values, [
    { value: 1, labels: { source: 'calls', verdict: 'new', code: '' } },
    { value: 1, labels: { source: 'calls', verdict: 'refused', code: 'invalid_signature' } },
    { value: 1, labels: { source: 'unknown', verdict: 'refused', code: 'not_found' } },
  ])
  const counts = (await fresh.metrics.ackSeconds.get()).values.filter(({ metricName }) =>
    metricName?.endsWith('_count'),
  )
  assert.deepEqual(
    counts.map(({ labels, value }) => [labels.source, labels.status, value]),
    [
      ['calls', '2xx', 1],
      ['calls', '4xx', 1],
      ['unknown', '4xx', 1],
    ],
  )
  await fresh.close()
})
