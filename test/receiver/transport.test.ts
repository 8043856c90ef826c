/** HTTPS in production, own TLS with client certificates, and who may call. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type TestContext, test } from 'node:test'
import type { ReceiverSettings } from '../../src/receiver/settings.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type RawAnswer, post, request } from './raw-connection.ts'
import { type TestReceiver, type TestReceiverOptions, startReceiver } from './start-receiver.ts'
import { CALLS, testSource, webhook } from './webhooks.ts'

async function started(context: TestContext, options: TestReceiverOptions): Promise<TestReceiver> {
  const receiver = await startReceiver(options)
  context.after(() => receiver.close())
  return receiver
}

const inProduction = (settings: Partial<ReceiverSettings> = {}): TestReceiverOptions => ({
  settings: { isProduction: true, ...settings },
})

const outcome = ({ status, body }: RawAnswer): unknown[] => [
  status,
  (JSON.parse(body) as { error?: { code: string } }).error?.code,
]

const forwarded = (headers: Record<string, string>) => webhook({ headers })

test('in production plain HTTP is 403, and nothing is verified (rows 34, 274)', async (context) => {
  const receiver = await started(context, inProduction())
  assert.deepEqual(outcome(await post(receiver.port, webhook())), [403, 'https_required'])
  // Nobody but a trusted proxy can say that it was HTTPS.
  assert.deepEqual(outcome(await post(receiver.port, forwarded({ 'x-forwarded-proto': 'https' }))), [
    403,
    'https_required',
  ])
  assert.equal((await request(receiver.port, { method: 'HEAD', path: CALLS.path })).status, 403)
})

test('in production a trusted proxy vouches for HTTPS and for the client address (row 282)', async (context) => {
  const source = testSource({ allowIps: ['198.51.100.0/24'] })
  const receiver = await started(context, { ...inProduction({ trustedProxies: ['127.0.0.1/32'] }), sources: [source] })
  const from = (address: string, proto = 'https') =>
    post(receiver.port, forwarded({ 'x-forwarded-proto': proto, 'x-forwarded-for': address }))
  assert.deepEqual(outcome(await from('198.51.100.7')), [200, undefined])
  assert.deepEqual(outcome(await from('198.51.100.7', 'http')), [403, 'https_required'])
  assert.deepEqual(outcome(await from('203.0.113.5')), [403, 'ip_not_allowed'])
  assert.deepEqual(outcome(await from('198.51.100.7, 203.0.113.5')), [403, 'ip_not_allowed'])
  const refusal = receiver.log.lines().find(({ code }) => code === 'ip_not_allowed')
  assert.deepEqual(
    [refusal?.['remoteIp'], refusal?.['source'], refusal?.['msg']],
    ['203.0.113.5', 'calls', 'webhook.refused'],
  )
})

test('health stays reachable over plain HTTP in production, for probes from inside', async (context) => {
  const receiver = await started(context, inProduction())
  assert.equal((await request(receiver.port, { method: 'GET', path: '/health/live' })).status, 200)
})

test('outside production plain HTTP is accepted: one machine, no proxy', async (context) => {
  const receiver = await started(context, {})
  assert.equal((await post(receiver.port, webhook())).status, 200)
})

test('an address outside the allowlist is 403 even with a valid signature, one inside is no proof (rows 33, 85)', async (context) => {
  const receiver = await started(context, { sources: [testSource({ allowIps: ['192.0.2.0/24'] })] })
  assert.deepEqual(outcome(await post(receiver.port, webhook())), [403, 'ip_not_allowed'])
  const open = await started(context, { sources: [testSource({ allowIps: ['127.0.0.0/8'] })] })
  assert.deepEqual(outcome(await post(open.port, webhook())), [200, undefined])
  assert.deepEqual(outcome(await post(open.port, webhook({ secret: 'not the secret' }))), [401, 'invalid_signature'])
})

test('a receiver with a certificate of its own speaks TLS, and that is HTTPS', async (context) => {
  const { certificate, key, ca } = await certificates(context)
  const receiver = await started(context, inProduction({ tls: { certificate, key } }))
  assert.deepEqual(outcome(await post(receiver.port, webhook(), { ca, servername: 'localhost' })), [200, undefined])
})

test('with a client CA set, a client without its certificate is 403, and health is still open (row 289, mTLS)', async (context) => {
  const { certificate, key, ca, client, stranger } = await certificates(context)
  const receiver = await started(context, inProduction({ tls: { certificate, key, clientCa: ca } }))
  const server = { ca, servername: 'localhost' }
  assert.deepEqual(outcome(await post(receiver.port, webhook(), { ...server, ...client })), [200, undefined])
  assert.deepEqual(outcome(await post(receiver.port, webhook(), server)), [403, 'client_certificate_required'])
  const forged = await post(receiver.port, webhook(), { ...server, ...stranger })
  assert.deepEqual(outcome(forged), [403, 'client_certificate_required'])
  // A certificate is no signature.
  const unsigned = await post(receiver.port, webhook({ secret: 'not the secret' }), { ...server, ...client })
  assert.deepEqual(outcome(unsigned), [401, 'invalid_signature'])
  assert.equal((await request(receiver.port, { method: 'GET', path: '/health/live' }, server)).status, 200)
})

/** A CA with a server's and a client's certificate, and a client's certificate of a CA that nobody trusts. */
async function certificates(context: TestContext) {
  const directory = await temporaryDirectory(context)
  const run = promisify(execFile)
  const file = (name: string): string => join(directory, name)
  const read = (name: string): Promise<string> => readFile(file(name), 'utf8')
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

  async function authority(name: string): Promise<void> {
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)]
    await run('openssl', ['req', '-x509', ...newKey, '-days', '2', ...out, '-subj', `/CN=${name}`])
  }
  async function leaf(name: string, ca: string): Promise<void> {
    const [keyOut, request, out] = [file(`${name}.key`), file(`${name}.csr`), file(`${name}.pem`)]
    await run('openssl', ['req', '-new', ...newKey, '-keyout', keyOut, '-out', request, '-subj', `/CN=${name}`])
    const signedBy = ['-CA', file(`${ca}.pem`), '-CAkey', file(`${ca}.key`), '-set_serial', String(Date.now())]
    await run('openssl', ['x509', '-req', '-in', request, ...signedBy, '-days', '2', '-extfile', names, '-out', out])
  }
  const names = file('names')
  await writeFile(names, 'subjectAltName=DNS:localhost')
  await Promise.all([authority('ca'), authority('other-ca')])
  await Promise.all([leaf('server', 'ca'), leaf('client', 'ca'), leaf('stranger', 'other-ca')])
  return {
    ca: await read('ca.pem'),
    certificate: await read('server.pem'),
    key: await read('server.key'),
    client: { cert: await read('client.pem'), key: await read('client.key') },
    stranger: { cert: await read('stranger.pem'), key: await read('stranger.key') },
  }
}
