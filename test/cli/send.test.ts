import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SendReport } from '../../src/cli/send.ts'
import { newSecret } from '../../src/providers/new-secret.ts'
import { TAMPERINGS } from '../../src/simulator/tamper.ts'
import { startReceiver } from '../receiver/start-receiver.ts'
import { testSource } from '../receiver/webhooks.ts'
import { providers } from '../support/providers.ts'
import { SECRET, installationOf, posthorn, startWitness } from './simulator-stage.ts'

const PUBLIC_URL = 'https://hooks.example.com'
const VARIABLES = { TEAM_CONNECT_SECRET: SECRET, POSTHORN_PUBLIC_URL: PUBLIC_URL }
const source = testSource({ id: 'team-connect', secrets: [{ slot: 'current', value: SECRET }] })

const reportOf = (stdout: string): SendReport => JSON.parse(stdout) as SendReport

test('a sample is sent and accepted, and what came back is printed', async (t) => {
  const receiver = await startReceiver({ sources: [source] })
  t.after(() => receiver.close())
  const root = await installationOf(t, 'team-connect')
  const args = ['send', 'team-connect', 'call.missed', '--url', `http://127.0.0.1:${receiver.port}`]
  const { code, stdout, stderr } = await posthorn(root, args, VARIABLES)
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^call\.missed to team-connect at http:\/\/127\.0\.0\.1:\d+\/webhooks\/team-connect\n/)
  assert.match(stdout, /\n {2}200 {2}[\d.]+ ms {2}evt_[0-9a-f]{32}\n {4}\{"received":true\}\n/)
  assert.ok(!stdout.includes(SECRET))
  const accepted = receiver.log.lines().filter(({ msg }) => msg === 'webhook.accepted')
  assert.deepEqual(
    accepted.map(({ eventType }) => eventType),
    ['call.missed'],
  )
})

test('each one has an ID of its own, unless one is given', async (t) => {
  const { url, seen } = await startWitness(t)
  const root = await installationOf(t, 'team-connect')
  const args = ['send', 'team-connect', 'call.missed', '--url', url, '--count', '3', '--json']
  const own = reportOf((await posthorn(root, args, VARIABLES)).stdout)
  assert.equal(new Set(own.requests.map(({ eventId }) => eventId)).size, 3)
  const given = reportOf((await posthorn(root, [...args, '--id', 'evt_mine'], VARIABLES)).stdout)
  assert.deepEqual(
    given.requests.map(({ eventId }) => eventId),
    ['evt_mine', 'evt_mine', 'evt_mine'],
  )
  assert.equal(seen.length, 6)
  assert.ok(seen.every(({ headers }) => headers['user-agent'] === 'TestWebhook/1.0'))
  const age = Date.now() / 1000 - Number(seen[0]?.headers['x-teamconnect-timestamp'])
  assert.ok(age >= 0 && age < 30)
})

test('a fixture is sent byte for byte', async (t) => {
  const { url, seen } = await startWitness(t)
  const root = await installationOf(t, 'team-connect')
  const bytes = Buffer.from(
    '{ "type":"call.ended",\r\n\t"id" : "evt_kept", "data":{"call_id":"c\\u0031","cost":1.50} }\n',
  )
  await writeFile(join(root, 'fixture.json'), bytes)
  const args = [
    'send',
    'team-connect',
    'call.ended',
    '--fixture',
    join(root, 'fixture.json'),
    '--url',
    `${url}/elsewhere`,
    '--json',
  ]
  const { requests } = reportOf((await posthorn(root, args, VARIABLES)).stdout)
  assert.deepEqual(seen[0]?.body, bytes)
  assert.equal(seen[0]?.url, '/elsewhere')
  assert.equal(requests[0]?.eventId, 'evt_kept')
  const { code, stderr } = await posthorn(root, [...args.slice(0, 4), 'nowhere.json'], VARIABLES)
  assert.deepEqual([code, stderr], [2, 'nowhere.json cannot be read.\n'])
})

test('what was tampered with must be refused: a right receiver passes, one that believes everybody fails', async (t) => {
  const receiver = await startReceiver({ sources: [source] })
  t.after(() => receiver.close())
  const gullible = await startWitness(t)
  const root = await installationOf(t, 'team-connect')
  for (const tampering of TAMPERINGS) {
    const args = ['send', 'team-connect', 'call.ended', '--tamper', tampering, '--json']
    const right = await posthorn(root, [...args, '--url', `http://127.0.0.1:${receiver.port}`], VARIABLES)
    assert.deepEqual([right.code, reportOf(right.stdout).requests[0]?.status], [0, 401], tampering)
    const wrong = await posthorn(root, [...args, '--url', gullible.url], VARIABLES)
    assert.deepEqual([wrong.code, reportOf(wrong.stdout).ok], [1, false], tampering)
  }
})

test('a refusal, a failure and silence end with 1', async (t) => {
  const root = await installationOf(t, 'team-connect')
  for (const status of [401, 500, 301]) {
    const { url } = await startWitness(t, { status, body: 'no' })
    const { code, stdout } = await posthorn(root, ['send', 'team-connect', 'call.ended', '--url', url], VARIABLES)
    assert.equal(code, 1)
    assert.match(stdout, new RegExp(`  ${status}  `))
  }
  const { code, stdout } = await posthorn(
    root,
    ['send', 'team-connect', 'call.ended', '--url', 'http://127.0.0.1:1'],
    VARIABLES,
  )
  assert.equal(code, 1)
  assert.match(stdout, /no answer/)
})

test('what cannot be sent is said before anything is sent', async (t) => {
  const root = await installationOf(t, 'team-connect')
  const refused = async (args: string[], variables: Record<string, string> = VARIABLES) => {
    const { code, stderr } = await posthorn(root, args, variables)
    assert.equal(code, 2, stderr)
    return stderr
  }
  assert.match(
    await refused(['send', 'team-conect', 'call.ended']),
    /no source "team-conect"\. Did you mean team-connect\?/,
  )
  assert.match(
    await refused(['send', 'team-connect', 'call.endet']),
    /no sample of call\.endet.*Did you mean call\.ended\?/,
  )
  assert.match(await refused(['send', 'team-connect', 'call.ended'], {}), /Set TEAM_CONNECT_SECRET in the environment/)
  assert.match(await refused(['send', 'team-connect', 'call.ended', '--url', 'localhost:3000']), /must be a URL/)
})

test('where a source has a public key, the private one stands beside it', async (t) => {
  const { sign, verify } = newSecret(providers.telnyx)
  const secrets = [{ slot: 'current' as const, value: verify }]
  const receiver = await startReceiver({ sources: [testSource({ id: 'telnyx', provider: providers.telnyx, secrets })] })
  t.after(() => receiver.close())
  const root = await installationOf(t, 'telnyx')
  const args = ['send', 'telnyx', 'message.received', '--url', `http://127.0.0.1:${receiver.port}`]
  const accepted = await posthorn(root, args, { TELNYX_SECRET: verify, TELNYX_SECRET_SIGNING_KEY: sign })
  assert.equal(accepted.code, 0, accepted.stdout + accepted.stderr)
  const { code, stderr } = await posthorn(root, args, { TELNYX_SECRET: verify })
  assert.equal(code, 2)
  assert.match(stderr, /^Set TELNYX_SECRET_SIGNING_KEY to the private key/)
})

test('for PayPal nobody signs but PayPal, and that is said', async (t) => {
  const root = await installationOf(t, 'paypal')
  const { url, seen } = await startWitness(t)
  const args = ['send', 'paypal', 'PAYMENT.CAPTURE.COMPLETED', '--url', url]
  const { code, stderr } = await posthorn(root, args, { PAYPAL_SECRET: '1JE4291016473214C' })
  assert.deepEqual(
    [code, stderr],
    [2, 'paypal cannot be signed for: only PayPal has the key: give createPaypal a signer and its certificates.\n'],
  )
  assert.deepEqual(seen, [])
})

test('the public URL is what is signed, wherever the request goes', async (t) => {
  const { twilio } = providers
  const secrets = [{ slot: 'current' as const, value: SECRET }]
  const receiver = await startReceiver({ sources: [testSource({ id: 'twilio', provider: twilio, secrets })] })
  t.after(() => receiver.close())
  const root = await installationOf(t, 'twilio')
  for (const type of ['message.received', 'com.twilio.messaging.message.sent']) {
    const args = ['send', 'twilio', type, '--url', `http://127.0.0.1:${receiver.port}`]
    const { code, stdout } = await posthorn(root, args, { TWILIO_SECRET: SECRET, POSTHORN_PUBLIC_URL: PUBLIC_URL })
    assert.equal(code, 0, stdout)
  }
})

test('types that anybody may invent are sent as they are named', async (t) => {
  const { url, seen } = await startWitness(t)
  const root = await installationOf(t, 'slack', 'tenant')
  const variables = { SLACK_SECRET: SECRET, TENANT_SECRET: SECRET }
  assert.equal((await posthorn(root, ['send', 'slack', 'slash_command.deploy', '--url', url], variables)).code, 0)
  assert.equal((await posthorn(root, ['send', 'tenant', 'lead.won', '--url', url], variables)).code, 0)
  assert.equal(new URLSearchParams(seen[0]?.body.toString()).get('command'), '/deploy')
  assert.equal((JSON.parse(seen[1]?.body.toString() ?? '') as { type: string }).type, 'lead.won')
})
