/** What arrives on the wire, byte by byte: methods, lengths, encodings, floods, and connections that end badly. */
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { after, before, test } from 'node:test'
import type { IncomingEvent } from '../../src/storage/inbox.ts'
import { eventually } from '../support/eventually.ts'
import { type RawAnswer, connect, post, request, requestBytes, requestHead } from './raw-connection.ts'
import { type TestReceiver, inboxThat, startReceiver } from './start-receiver.ts'
import { CODE, type Webhook, testSource, webhook } from './webhooks.ts'

const SMALL = testSource({ id: 'small', maxBodyBytes: 1_000 })
const CALLING = testSource({
  id: 'calling',
  provider: {
    ...testSource().provider,
    methods: ['GET', 'POST'],
    verify: () => ({ secretIndex: 0 }),
    handshake: ({ method, url }) =>
      method === 'GET'
        ? { status: 200, contentType: 'text/plain', body: new URL(url).searchParams.get('challenge') ?? '' }
        : undefined,
  },
})

let receiver: TestReceiver
const stored: IncomingEvent[] = []

before(async () => {
  const accept = (event: IncomingEvent) => {
    stored.push(event)
    return Promise.resolve({ acceptance: 'new' as const, key: event.eventId })
  }
  receiver = await startReceiver({
    sources: [testSource(), CODE, SMALL, CALLING],
    inbox: inboxThat(accept),
    settings: { bodyTimeoutMs: 300 },
  })
})
after(() => receiver.close())

const codeOf = ({ body }: RawAnswer): string => (JSON.parse(body) as { error: { code: string } }).error.code

function assertError(answer: RawAnswer, status: number, code: string): void {
  assert.deepEqual([answer.status, codeOf(answer)], [status, code])
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
}

const { path, headers } = webhook()

/** A body that is sent in pieces of `size` bytes, without saying how long it is. */
function chunked({ path, headers, body }: Webhook, size: number): string {
  const pieces: string[] = []
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size)
    pieces.push(`${piece.length.toString(16)}\r\n${piece.toString('latin1')}\r\n`)
  }
  return `${requestHead({ path, headers: { ...headers, 'transfer-encoding': 'chunked' } })}${pieces.join('')}0\r\n\r\n`
}

test('a chunked body without length is read like any other', async () => {
  const connection = await connect(receiver.port)
  const event = webhook()
  connection.send(chunked(event, 7))
  assert.equal((await connection.answer()).status, 200)
  assert.deepEqual(stored.at(-1)?.body, event.body)
  connection.socket.destroy()
})

test('a body that comes a byte at a time is the same body', async () => {
  const connection = await connect(receiver.port)
  const event = webhook()
  for (const byte of requestBytes(event)) {
    connection.send(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  assert.equal((await connection.answer()).status, 200)
  assert.deepEqual(stored.at(-1)?.body, event.body)
  connection.socket.destroy()
})

test('a declared length above the cap is 413 before the body is sent, and the connection is closed politely (row 32)', async () => {
  const connection = await connect(receiver.port)
  connection.send(requestHead({ path: SMALL.path, headers: { ...headers, 'content-length': '1001' } }))
  const answer = await connection.answer()
  assertError(answer, 413, 'payload_too_large')
  assert.equal(answer.headers['connection'], 'close')
  connection.send('x'.repeat(1_001))
  assert.equal(await connection.closed, undefined)
})

test('a sender that reads only once everything is sent still gets its 413, and no reset', async () => {
  const connection = await connect(receiver.port)
  connection.socket.pause()
  const body = Buffer.alloc(8 * 1024 * 1024, 'x')
  await new Promise((resolve) => connection.socket.write(requestBytes({ path, headers, body }), resolve))
  connection.socket.resume()
  assertError(await connection.answer(), 413, 'payload_too_large')
  assert.equal(await connection.closed, undefined)
})

test('a chunked body is 413 as soon as it outgrows the cap, though it never ends', async () => {
  const connection = await connect(receiver.port)
  connection.send(requestHead({ path: SMALL.path, headers: { ...headers, 'transfer-encoding': 'chunked' } }))
  for (let chunk = 0; chunk < 11; chunk++) connection.send(`64\r\n${'x'.repeat(100)}\r\n`)
  assertError(await connection.answer(), 413, 'payload_too_large')
  connection.send('0\r\n\r\n')
  assert.equal(await connection.closed, undefined)
})

test('a connection that was given its last answer gets no second one, whatever it sends', async () => {
  const connection = await connect(receiver.port)
  connection.send(requestHead({ path: SMALL.path, headers: { ...headers, 'transfer-encoding': 'chunked' } }))
  connection.send(`3e9\r\n${'x'.repeat(1_001)}\r\n`)
  assertError(await connection.answer(), 413, 'payload_too_large')
  connection.send('this is no chunk\r\n')
  await assert.rejects(connection.answer(), /closed without an answer: ""/)
})

test('a body of just the cap is accepted', async () => {
  const empty = { id: 'evt_full', type: 'call.ended', data: { pad: '' } }
  const body = { ...empty, data: { pad: 'x'.repeat(1_000 - JSON.stringify(empty).length) } }
  assert.equal((await post(receiver.port, webhook({ source: SMALL, body }))).status, 200)
})

test('a length longer than the body is 408, not a wait for ever (lying Content-Length)', async () => {
  const event = webhook()
  const connection = await connect(receiver.port)
  const length = String(event.body.length + 1)
  connection.send(requestHead({ path, headers: { ...event.headers, 'content-length': length } }))
  connection.send(event.body)
  const answer = await connection.answer()
  assertError(answer, 408, 'body_timeout')
  assert.equal(answer.headers['connection'], 'close')
  connection.socket.end()
  await connection.closed
})

test('a length shorter than the body is refused, and what follows is not taken for a request (lying Content-Length)', async () => {
  const event = webhook()
  const before = stored.length
  const connection = await connect(receiver.port)
  connection.send(requestHead({ path, headers: { ...event.headers, 'content-length': String(event.body.length - 9) } }))
  connection.send(event.body)
  const answer = await connection.answer()
  assert.ok(answer.status === 400 || answer.status === 401, String(answer.status))
  assert.equal(stored.length, before)
  connection.socket.destroy()
})

test('two lengths, or a length and chunks, are 400: no room for request smuggling', async () => {
  for (const lengths of [
    { 'content-length': ['5', '6'] },
    { 'content-length': '5', 'transfer-encoding': 'chunked' },
    { 'content-length': 'five' },
    { 'transfer-encoding': ['chunked', 'identity'] },
  ]) {
    const connection = await connect(receiver.port)
    connection.send(`${requestHead({ path, headers: { ...headers, ...lengths } })}hello`)
    assertError(await connection.answer(), 400, 'malformed_request')
    connection.socket.end()
    assert.equal(await connection.closed, undefined)
  }
})

test('a slow body is 408 after the time that is set (slow senders hold no memory for long)', async () => {
  const connection = await connect(receiver.port)
  const started = Date.now()
  connection.send(requestHead({ path, headers: { ...headers, 'content-length': '1000' } }))
  const drip = setInterval(() => connection.send('x'), 50)
  const answer = await connection.answer()
  clearInterval(drip)
  assertError(answer, 408, 'body_timeout')
  assert.ok(Date.now() - started < 2_000)
  connection.socket.destroy()
})

test('a client that goes away in its body harms nobody, and is counted', async () => {
  const connection = await connect(receiver.port)
  connection.send(requestHead({ path, headers: { ...headers, 'content-length': '1000' } }))
  connection.send('half of')
  await eventually(async () => (await receiver.metrics.inFlight.get()).values[0]?.value === 1)
  connection.socket.destroy()
  await eventually(async () => {
    const { values } = await receiver.metrics.receipts.get()
    return values.some(({ labels }) => labels.code === 'client_aborted')
  })
  assert.equal((await receiver.metrics.inFlight.get()).values[0]?.value, 0)
  assert.equal((await post(receiver.port, webhook())).status, 200)
})

test('a compressed body is 415, whatever its encoding says (gzip)', async () => {
  const event = webhook()
  const body = gzipSync(event.body)
  for (const encoding of ['gzip', 'br', 'identity']) {
    const answer = await post(receiver.port, webhook({ body, headers: { 'content-encoding': encoding } }))
    assertError(answer, 415, 'unsupported_encoding')
  }
  const connection = await connect(receiver.port)
  connection.send(requestHead({ path, headers: { ...headers, 'transfer-encoding': 'gzip, chunked' } }) + '0\r\n\r\n')
  assertError(await connection.answer(), 415, 'unsupported_encoding')
  connection.socket.destroy()
})

test('a media type that the provider does not send is 415 (rows 31, 218)', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
    assertError(
      await post(receiver.port, webhook({ headers: { 'content-type': type } })),
      415,
      'unsupported_media_type',
    )
  }
  const { 'content-type': _, ...untyped } = webhook().headers
  assertError(await post(receiver.port, { ...webhook(), headers: untyped }), 415, 'unsupported_media_type')
  for (const type of ['application/json; charset=utf-8', 'Application/JSON ;charset=UTF-8']) {
    assert.equal((await post(receiver.port, webhook({ headers: { 'content-type': type } }))).status, 200)
  }
  const form = webhook({
    source: CODE,
    body: `payload=${encodeURIComponent('{"zen":"x","hook":{},"hook_id":1}')}`,
    type: 'ping',
  })
  form.headers['content-type'] = 'application/x-www-form-urlencoded'
  assert.equal((await post(receiver.port, form)).status, 200)
})

test('HEAD on a hook path is 200 without a body, and nothing is verified (row 38)', async () => {
  const answer = await request(receiver.port, { method: 'HEAD', path })
  assert.deepEqual([answer.status, answer.body], [200, ''])
  assert.equal((await request(receiver.port, { method: 'HEAD', path: '/webhooks/nobody' })).status, 404)
})

test('other methods are 405 with Allow, and have no effect (row 1)', async () => {
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    const answer = await request(receiver.port, { method, path })
    assertError(answer, 405, 'method_not_allowed')
    assert.equal(answer.headers['allow'], 'HEAD, POST')
  }
})

test('a provider that calls with GET may, and its handshake is answered once it is verified', async () => {
  const answer = await request(receiver.port, { method: 'GET', path: `${CALLING.path}?challenge=abc%20d` })
  assert.deepEqual([answer.status, answer.body, answer.headers['content-type']], [200, 'abc d', 'text/plain'])
})

test('an unknown path is 404, and says nothing of itself in the log', async () => {
  const answer = await request(receiver.port, { path: '/webhooks/secret-of-somebody?key=value', method: 'POST' })
  assertError(answer, 404, 'not_found')
  assert.equal(receiver.log.text().includes('secret-of-somebody'), false)
})

test('headers above 16 KiB are 431, in one piece or in thousands, and the server stays up (header floods)', async () => {
  const floods = [
    `X-Flood: ${'a'.repeat(10_000_000)}\r\n`,
    Array.from({ length: 5_000 }, (_, n) => `X-${n}: a\r\n`).join(''),
    `${'X-Flood'.repeat(3_000)}: a\r\n`,
  ]
  for (const flood of floods) {
    const connection = await connect(receiver.port)
    connection.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n${flood}\r\n`)
    const answer = await connection.answer()
    assertError(answer, 431, 'headers_too_large')
    connection.socket.end()
    assert.equal(await connection.closed, undefined)
  }
  assert.equal((await post(receiver.port, webhook())).status, 200)
})

test('headers that do not come to an end are 408', async () => {
  receiver.server.headersTimeout = 100
  const connection = await connect(receiver.port)
  connection.send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n`)
  assertError(await connection.answer(), 408, 'body_timeout')
  connection.socket.end()
  assert.equal(await connection.closed, undefined)
  receiver.server.headersTimeout = 10_000
})

test('many small headers do not push the signature out', async () => {
  const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, n) => [`x${n}`, '']))
  const event = webhook()
  assert.equal((await post(receiver.port, { ...event, headers: { ...many, ...event.headers } })).status, 200)
})

test('a repeated header is joined by commas, so that none of its values is silently chosen', async () => {
  const repeated = [
    { header: { 'x-teamconnect-timestamp': ['1', '2'] }, status: 401, code: 'bad_timestamp' },
    { header: { 'content-type': ['application/json', 'text/plain'] }, status: 415, code: 'unsupported_media_type' },
  ]
  for (const { header, status, code } of repeated) {
    const event = webhook()
    const connection = await connect(receiver.port)
    const length = { 'content-length': String(event.body.length) }
    connection.send(requestHead({ path, headers: { ...event.headers, ...header, ...length } }))
    connection.send(event.body)
    assertError(await connection.answer(), status, code)
    connection.socket.destroy()
  }
})

test('what is no HTTP is answered 400 and closed', async () => {
  for (const garbage of [
    '\x16\x03\x01 this is TLS, perhaps\r\n\r\n',
    'POST / HTTP/9.9\r\n\r\n',
    'POST /a b HTTP/1.1\r\n\r\n',
  ]) {
    const connection = await connect(receiver.port)
    connection.send(garbage)
    assertError(await connection.answer(), 400, 'malformed_request')
    connection.socket.end()
    assert.equal(await connection.closed, undefined)
  }
})

test('a connection goes on after a refusal whose body was read, and after one whose body was not', async () => {
  const connection = await connect(receiver.port)
  const unread = { ...webhook(), path: '/webhooks/nobody', body: Buffer.alloc(200_000, 'x') }
  const expected = [
    [webhook({ secret: 'not the secret' }), 401],
    [unread, 404],
    [webhook({ headers: { 'content-type': 'text/plain' } }), 415],
    [webhook(), 200],
  ] as const
  for (const [each, status] of expected) {
    connection.send(requestBytes(each))
    assert.equal((await connection.answer()).status, status)
  }
  connection.socket.destroy()
})

test('pipelined requests are answered in their order', async () => {
  const connection = await connect(receiver.port)
  connection.send(
    Buffer.concat([webhook(), webhook({ secret: 'not the secret' }), webhook()].map((each) => requestBytes(each))),
  )
  const statuses = [await connection.answer(), await connection.answer(), await connection.answer()].map(
    ({ status }) => status,
  )
  assert.deepEqual(statuses, [200, 401, 200])
  connection.socket.destroy()
})

test('deeply nested JSON is stored as it came, and takes nobody down', async () => {
  const body = `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`
  assert.equal((await post(receiver.port, webhook({ body }))).status, 200)
  assert.equal(stored.at(-1)?.hold?.reason, 'malformed_body')
})
