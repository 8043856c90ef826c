import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CapturedFiles } from '../../src/cli/capture.ts'
import { post } from '../../src/simulator/post.ts'
import { newSecret } from '../../src/providers/new-secret.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { freePort } from '../../src/stack/free-port.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { writeInstallation } from '../support/installation.ts'
import { providers } from '../support/providers.ts'
import { SECRET, installationOf, posthorn } from './simulator-stage.ts'

const NOW = Math.floor(Date.now() / 1000)
const BODY = Buffer.from('{ "type":"url_verification", "token":"legacy\\"token", "challenge":"c-1" }')

test('what arrives is answered as its provider wants it, and kept without secrets', async (t) => {
  const root = await installationOf(t, 'slack')
  const [out, port] = [join(root, 'fixtures'), await freePort(0, '')]
  const done = posthorn(root, ['capture', '--port', String(port), '--out', out, '--count', '1', '--json'])
  const signature = providers.slack.sign(BODY, SECRET, { now: NOW, url: '', id: '' })
  const headers = { 'content-type': 'application/json', cookie: 'session=1', 'x-plain': 'kept', ...signature }
  const url = `http://127.0.0.1:${port}/webhooks/slack?token=secret&a=1`
  const answer = await eventually(async () => (await post({ url, headers, body: BODY })) ?? assert.fail('no answer'))
  assert.deepEqual([answer.status, answer.text], [200, 'c-1'])
  const { code, stdout } = await done
  assert.equal(code, 0)
  const files = (await readdir(out)).sort()
  assert.deepEqual(
    files.map((name) => name.replace(/^\d{8}T\d{6}-/, '')),
    ['slack-url_verification.body.json', 'slack-url_verification.http'],
  )
  const body = await readFile(join(out, files[0] ?? ''), 'utf8')
  assert.equal(body, '{ "type":"url_verification", "token":"redacted", "challenge":"c-1" }')
  const request = await readFile(join(out, files[1] ?? ''), 'utf8')
  assert.match(request, /^POST \/webhooks\/slack\?token=redacted&a=1 HTTP\/1\.1\r\n/)
  assert.match(request, /\r\nx-plain: kept\r\n/)
  assert.match(request, /\r\nx-slack-signature: redacted\r\n/)
  assert.match(request, /\r\ncookie: redacted\r\n/)
  assert.match(request, new RegExp(`\r\ncontent-length: ${body.length}\r\n`))
  assert.ok(request.endsWith(body))
  assert.match(stdout, /"url": "http:\/\/127\.0\.0\.1:\d+"/)
})

test('a request whose signature was kept is verified from its file, however long ago it came', async (t) => {
  const root = await installationOf(t, 'stripe')
  const [out, port] = [join(root, 'fixtures'), await freePort(0, '')]
  const done = posthorn(root, ['capture', '--port', String(port), '--out', out, '--count', '1', '--keep-signatures'])
  const body = Buffer.from('{"id":"evt_1","type":"a.b"}')
  const headers = {
    'content-type': 'application/json',
    ...providers.stripe.sign(body, SECRET, { now: NOW, url: '', id: '' }),
  }
  await eventually(
    async () => (await post({ url: `http://127.0.0.1:${port}/webhooks/stripe`, headers, body })) ?? assert.fail(),
  )
  assert.equal((await done).code, 0)
  const [file = ''] = (await readdir(out)).filter((name) => name.endsWith('.http'))
  const { code, stdout } = await posthorn(root, ['verify', 'stripe', '--request', join(out, file)], {
    STRIPE_SECRET: SECRET,
  })
  assert.equal(code, 0, stdout)
})

test('neither a token in the path nor one within a form stays, and the rest of the form does', async (t) => {
  const root = await writeInstallation(t, {
    'posthorn.config.ts': `import { defineConfig, env } from 'posthorn'
export default defineConfig({ sources: {
  chat: { provider: 'slack', secret: env('CHAT_SECRET'), pathToken: env('CHAT_TOKEN'), typeSuffix: true },
} })
`,
  })
  const [out, port] = [join(root, 'fixtures'), await freePort(0, '')]
  const done = posthorn(root, ['capture', '--port', String(port), '--out', out, '--count', '2'])
  const payload = { type: 'block_actions', token: 'legacy', response_url: 'https://hooks.slack.com/1', text: 'a+b é' }
  const form = (json: object): string => `x=1&payload=${encodeURIComponent(JSON.stringify(json))}&y=%7B%7D+z`
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const origin = `http://127.0.0.1:${port}`
  const sendTo = (path: string) =>
    eventually(
      async () => (await post({ url: origin + path, headers, body: Buffer.from(form(payload)) })) ?? assert.fail(),
    )
  await sendTo('/webhooks/chat/path-secret/block_actions?token=query-secret')
  await sendTo('/webhooks/nobody/path-secret')
  const { stdout } = await done
  assert.doesNotMatch(stdout, /secret/)
  const files = (await readdir(out)).sort()
  assert.equal(files.length, 4)
  const texts = await Promise.all(files.map((file) => readFile(join(out, file), 'utf8')))
  for (const text of [...files, ...texts]) assert.doesNotMatch(text, /path-secret|query-secret|legacy|hooks\.slack/)
  const request = texts.find((text) => text.includes('/webhooks/chat')) ?? ''
  assert.match(request, /^POST \/webhooks\/chat\/redacted\/block_actions\?token=redacted HTTP/)
  const body = request.slice(request.indexOf('\r\n\r\n') + 4)
  assert.match(body, /^x=1&payload=.*&y=%7B%7D\+z$/)
  assert.deepEqual(JSON.parse(new URLSearchParams(body).get('payload') ?? ''), {
    ...payload,
    token: 'redacted',
    response_url: 'redacted',
  })
  assert.ok(texts.some((text) => text.startsWith('POST /webhooks/nobody/redacted HTTP')))
})

test('the token of a new Notion subscription is taken, and kept only where that is asked for', async (t) => {
  const root = await installationOf(t, 'notion')
  const [out, port] = [join(root, 'fixtures'), await freePort(0, '')]
  const token = newSecret(providers.notion).sign
  const body = Buffer.from(JSON.stringify({ verification_token: token }))
  const headers = {
    'content-type': 'application/json',
    ...providers.notion.sign(body, token),
  }
  for (const flags of [[], ['--keep-signatures']]) {
    const done = posthorn(root, ['capture', '--port', String(port), '--out', out, '--count', '1', ...flags])
    const url = `http://127.0.0.1:${port}/webhooks/notion`
    const answer = await eventually(async () => (await post({ url, headers, body })) ?? assert.fail('no answer'))
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.ok(!(await done).stdout.includes(token))
    const texts = await Promise.all((await readdir(out)).map((file) => readFile(join(out, file), 'utf8')))
    assert.equal(
      texts.some((text) => text.includes(token)),
      flags.length > 0,
    )
  }
})

test('in production nothing is captured', async (t) => {
  const root = await installationOf(t, 'slack')
  const { code, stderr } = await posthorn(root, ['capture', '--port', '1'], { NODE_ENV: 'production' })
  assert.equal(code, 2)
  assert.match(stderr, /answered, and not processed/)
})

test('a stored event becomes a fixture, and one that is not there says so', async (t) => {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const event = incomingEvent({ eventId: 'evt_stored', body: Buffer.from('{"id":"evt_stored","token":"t"}') })
  await createInbox({ pool: database.pool() }).accept(event)
  const root = await installationOf(t, 'slack')
  const variables = { DATABASE_URL: database.url }
  const args = ['capture', event.source, 'evt_stored', '--out', join(root, 'kept'), '--json']
  const { code, stdout, stderr } = await posthorn(root, args, variables)
  assert.equal(code, 0, stderr)
  const { body } = JSON.parse(stdout) as CapturedFiles
  assert.equal(await readFile(body, 'utf8'), '{"id":"evt_stored","token":"redacted"}')
  const missing = await posthorn(root, ['capture', event.source, 'evt_0'], variables)
  assert.deepEqual([missing.code, missing.stderr], [1, `There is no event evt_0 of source ${event.source}.\n`])
  assert.equal((await posthorn(root, ['capture', event.source], variables)).code, 2)
})
