import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createHookPaths, hookPathProblems } from '../../src/receiver/hook-paths.ts'
import { post, request } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'
import { testSource, webhook } from './webhooks.ts'

const TOKEN = 'bG9uZyBhbmQgcmFuZG9t-0123456789'
const PLAIN = testSource({ id: 'plain' })
const TYPED = testSource({ id: 'typed', typeSuffix: true })
const HIDDEN = testSource({ id: 'hidden', pathToken: TOKEN })
const BOTH = testSource({ id: 'both', pathToken: TOKEN, typeSuffix: true })
const ELSEWHERE = testSource({ id: 'elsewhere', path: '/api/v2/incoming' })
const SOURCES = [PLAIN, TYPED, HIDDEN, BOTH, ELSEWHERE]

const find = (path: string): string | undefined => createHookPaths(SOURCES).find(path)?.id

test('a source listens at its path and nowhere else (row 29)', () => {
  assert.equal(find('/webhooks/plain'), 'plain')
  assert.equal(find('/webhooks/plain/'), 'plain')
  assert.equal(find('/api/v2/incoming'), 'elsewhere')
  for (const path of [
    '/',
    '',
    '/webhooks',
    '/webhooks/',
    '/webhooks/PLAIN',
    '/webhooks/plain/x',
    '/webhooks//plain',
    '/plain',
  ]) {
    assert.equal(find(path), undefined, path)
  }
})

test('a provider may append the event type, where its source says so (row 30)', () => {
  assert.equal(find('/webhooks/typed'), 'typed')
  assert.equal(find('/webhooks/typed/call.recording.completed'), 'typed')
  assert.equal(find('/webhooks/typed/call/ended'), undefined)
  assert.equal(find('/webhooks/plain/call.ended'), undefined)
})

test('a path token must stand behind the path, before the event type (row 287)', () => {
  assert.equal(find(`/webhooks/hidden/${TOKEN}`), 'hidden')
  assert.equal(find(`/webhooks/both/${TOKEN}`), 'both')
  assert.equal(find(`/webhooks/both/${TOKEN}/call.ended`), 'both')
  for (const path of [
    '/webhooks/hidden',
    `/webhooks/hidden/${TOKEN}x`,
    '/webhooks/hidden/wrong',
    `/webhooks/hidden/x/${TOKEN}`,
  ]) {
    assert.equal(find(path), undefined, path)
  }
  for (const path of ['/webhooks/both', '/webhooks/both/call.ended', `/webhooks/both/call.ended/${TOKEN}`]) {
    assert.equal(find(path), undefined, path)
  }
})

test('two sources at one path, or one in the way of health, do not start', () => {
  const twin = testSource({ id: 'twin', path: PLAIN.path })
  assert.deepEqual(hookPathProblems([PLAIN, twin]), [
    'Sources plain and twin have the same path /webhooks/plain; give one another.',
  ])
  assert.throws(() => createHookPaths([PLAIN, twin]), /same path/)
  for (const path of ['/health', '/health/live', '/webhooks/health', '/webhooks/health/x']) {
    assert.throws(() => createHookPaths([testSource({ id: 'in-the-way', path })]), /reserved for health/)
  }
})

let receiver: TestReceiver
before(async () => (receiver = await startReceiver({ sources: SOURCES })))
after(() => receiver.close())

test('an unknown source, a missing token and a wrong one are answered alike', async () => {
  const paths = ['/webhooks/nobody', '/webhooks/hidden', '/webhooks/hidden/wrong', `/webhooks/hidden/${TOKEN}/more`]
  const answers = await Promise.all(paths.map((path) => post(receiver.port, { ...webhook({ source: HIDDEN }), path })))
  for (const { status, body, headers } of answers) {
    assert.deepEqual(
      { status, body, headers: { ...headers, date: '' } },
      { ...answers[0], headers: { ...answers[0]?.headers, date: '' } },
    )
    assert.equal(status, 404)
  }
})

test('a token is never written down: not in the log, not in a metric (row 288)', async () => {
  const path = `/webhooks/hidden/${TOKEN}`
  const tries = [
    post(receiver.port, { ...webhook({ source: HIDDEN }), path }),
    post(receiver.port, { ...webhook({ source: HIDDEN, secret: 'not the secret' }), path: `${path}?again=${TOKEN}` }),
    post(receiver.port, { ...webhook({ source: HIDDEN }), path: `/webhooks/misspelt/${TOKEN}` }),
    request(receiver.port, { method: 'HEAD', path }),
    request(receiver.port, { method: 'GET', path }),
  ]
  assert.deepEqual(
    (await Promise.all(tries)).map(({ status }) => status),
    [200, 401, 404, 200, 405],
  )
  assert.equal(receiver.log.lines().length >= tries.length, true)
  assert.equal(receiver.log.text().includes(TOKEN), false)
  assert.equal((await receiver.metrics.registry.metrics()).includes(TOKEN), false)
})
