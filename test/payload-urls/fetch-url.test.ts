import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type IncomingHttpHeaders, type RequestListener, createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { lookup } from 'node:dns'
import type { AddressInfo, LookupFunction } from 'node:net'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import type { EventRef } from '../../src/domain/event.ts'
import type { FetchUrlOptions } from '../../src/kit/fetch-url.ts'
import { type FetchUrlParts, createFetchUrl } from '../../src/payload-urls/fetch-url.ts'
import { checkedLookup, isPublicAddress } from '../../src/payload-urls/public-address.ts'
import { ApiError } from '../../src/providers/api.ts'
import type { Source } from '../../src/providers/source.ts'
import { makeCertificate } from '../providers/certificates.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { toySource } from '../support/toy-source.ts'

const EVENT = { source: 'toy' } as EventRef

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What the calls of the provider's API were for. */
const purposes: string[] = []

const access: FetchUrlParts['access'] = {
  call(_source, purpose, make) {
    purposes.push(purpose)
    return make()
  },
}

interface Wish extends Partial<FetchUrlOptions> {
  event?: EventRef
  urls?: Source['urls']
  api?: Source['api']
  isProduction?: boolean
}

function get(url: string, wish: Wish = {}) {
  const { event = EVENT, urls = { hosts: [], loopback: true }, api, isProduction = false, ...options } = wish
  const source = toySource({ urls, ...(api && { api }) })
  return createFetchUrl({ sources: new Map([['toy', source]]), access, isProduction })(event, url, {
    ...{ maxBytes: 1_000, timeoutMs: 5_000 },
    ...options,
  })
}

const refused = (type: string) => (error: unknown) => {
  const { type: code, nonRetryable } = error as { type?: string; nonRetryable?: boolean }
  assert.deepEqual([code, nonRetryable], [type, true])
  return true
}

test('what a permitted URL answers is streamed, with its type', async (t) => {
  const url = await serve(t, (_request, response) =>
    response.writeHead(200, { 'content-type': 'audio/wav' }).end('RIFF'),
  )
  const { status, contentType, body } = await get(`${url}/a.wav`)
  assert.deepEqual([status, contentType, await text(body)], [200, 'audio/wav', 'RIFF'])
})

/** What another process reads, which trusts `certificate`. */
async function readTrusting(certificate: string, url: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, 'read-url.ts'), url],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate } },
  )
  return stdout
}

test('https is spoken only with who has a certificate of that name', async (t) => {
  const folder = await temporaryDirectory(t)
  const read = async (name: string) => {
    const { key, pem } = makeCertificate({ name, isAuthority: true })
    const options = { key: key.export({ format: 'pem', type: 'pkcs8' }), cert: pem }
    const server = createTlsServer(options, (_request, response) => response.end('RIFF')).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const url = `https://localhost:${(server.address() as AddressInfo).port}/a.wav`
    await assert.rejects(get(url), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    await writeFile(join(folder, name), pem)
    return readTrusting(join(folder, name), url)
  }
  assert.equal(await read('localhost'), 'RIFF')
  await assert.rejects(read('elsewhere.example'), /ERR_TLS_CERT_ALTNAME_INVALID/)
})

test('a POST carries its JSON', async (t) => {
  const url = await serve(t, (request, response) => void request.pipe(response))
  const { body } = await get(url, { method: 'POST', json: { text: 'hello' } })
  assert.deepEqual(JSON.parse(await text(body)), { text: 'hello' })
})

for (const [what, url, code] of [
  ['plain http', 'http://recordings.example/a.wav', 'url_not_https'],
  ['another scheme', 'file:///etc/passwd', 'url_not_https'],
  ['a host that is not listed', 'https://elsewhere.example/a.wav', 'url_host_refused'],
  ['a listed host at another port', 'https://recordings.example:8443/a.wav', 'url_host_refused'],
  ['a host that only ends like a listed one', 'https://evil-recordings.example/a.wav', 'url_host_refused'],
  ['a credential in the URL', 'https://user:word@recordings.example/a.wav', 'url_malformed'],
  ['no URL at all', 'recordings.example/a.wav', 'url_malformed'],
  ['a private address that somebody listed', 'https://10.0.0.7/a.wav', 'url_address_refused'],
  ['the address of cloud metadata', 'https://169.254.169.254/latest', 'url_address_refused'],
  ['a private address written as a number', 'https://2130706433/', 'url_host_refused'],
  ['this machine by IPv6', 'https://[::1]/a.wav', 'url_address_refused'],
  ['a private address within IPv6', 'https://[::ffff:192.168.0.1]/', 'url_address_refused'],
] as const) {
  test(`${what} is refused for good, before anything is sent`, async () => {
    const hosts = ['recordings.example', '10.0.0.7', '169.254.169.254', '[::1]', '[::ffff:c0a8:1]']
    await assert.rejects(get(url, { urls: { hosts, loopback: false } }), refused(code))
  })
}

test('http to this machine is for stand-ins: where the source permits it, and never in production', async (t) => {
  const url = await serve(t, (_request, response) => response.end('here'))
  assert.equal(await text((await get(url)).body), 'here')
  await assert.rejects(get(url, { isProduction: true }), refused('url_not_https'))
  await assert.rejects(get(url, { urls: { hosts: [], loopback: false } }), refused('url_not_https'))
  await assert.rejects(get(url.replace('127.0.0.1', '10.0.0.1')), refused('url_not_https'))
})

interface Resolved {
  error: unknown
  addresses: unknown
}

/** What a connection is given by a name server that gives these addresses. */
async function resolveTo(answers: string[][], loopback = false): Promise<Resolved & { asked: number }> {
  let asked = 0
  const resolve = ((_name: string, _options: object, callback: (error: null, addresses: object[]) => void) => {
    const addresses = answers[Math.min(asked++, answers.length - 1)] ?? []
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }) as unknown as typeof lookup
  const look: LookupFunction = checkedLookup({ loopback }, resolve)
  const resolved = await new Promise<Resolved>((done) => {
    look('recordings.example', { all: true }, (error, addresses) => done({ error, addresses }))
  })
  return { ...resolved, asked }
}

test('a name that leads to a private address is refused, also beside a public one', async () => {
  for (const addresses of [['192.168.1.1'], ['93.184.216.34', '127.0.0.1'], ['fd00::1'], ['::ffff:10.0.0.1']]) {
    refused('url_address_refused')((await resolveTo([addresses])).error)
  }
})

test('the connection is made to the addresses that were checked: a second answer of the name server has no say', async () => {
  const { error, addresses, asked } = await resolveTo([['93.184.216.34'], ['127.0.0.1']])
  assert.deepEqual([error, addresses, asked], [null, [{ address: '93.184.216.34', family: 4 }], 1])
})

test('what stands for this machine must be this machine', async () => {
  refused('url_address_refused')((await resolveTo([['93.184.216.34']], true)).error)
})

test('only addresses of the public Internet are public', () => {
  const addresses = [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.0.1', '198.18.0.1'],
    ...['224.0.0.1', '255.255.255.255', '::', '::1', 'fc00::1', 'fe80::1', 'ff02::1', '::ffff:127.0.0.1', '64:ff9b::1'],
    ...['2002:7f00:1::', '2001:db8::1'],
  ]
  assert.deepEqual(addresses.filter(isPublicAddress), [])
  assert.ok(['93.184.216.34', '2606:4700:4700::1111'].every(isPublicAddress))
})

test('a redirect is followed within the host, and to no other', async (t) => {
  const other = await serve(t, (_request, response) => response.end('other'))
  const url = await serve(t, (request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/here' }).end()
    else if (request.url === '/away') response.writeHead(302, { location: other }).end()
    else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end()
    else response.end('here')
  })
  assert.equal(await text((await get(`${url}/moved`)).body), 'here')
  await assert.rejects(get(`${url}/away`), refused('url_redirected'))
  await assert.rejects(get(`${url}/round`), refused('url_redirected'))
  await assert.rejects(get(`${url}/moved`, { method: 'POST' }), refused('url_redirected'))
})

test('more bytes than permitted are refused, whether they were announced or not', async (t) => {
  const url = await serve(t, (request, response) => {
    if (request.url === '/announced') response.writeHead(200, { 'content-length': 2_000 }).end(Buffer.alloc(2_000))
    else response.write(Buffer.alloc(600), () => response.end(Buffer.alloc(600)))
  })
  await assert.rejects(get(`${url}/announced`), refused('url_too_large'))
  const { body } = await get(`${url}/chunked`)
  await assert.rejects(buffer(body), refused('url_too_large'))
})

const isAway = (error: unknown) => error instanceof ApiError && error.isOutage && error.status === undefined

test('a host where nobody listens is waited for', async () => {
  await assert.rejects(get('http://127.0.0.1:1/a.wav'), isAway)
})

test('what takes too long is broken off, before its first byte and after it', async (t) => {
  const url = await serve(t, (request, response) => {
    if (request.url === '/begins') response.write('a')
  })
  await assert.rejects(get(`${url}/silent`, { timeoutMs: 100 }), isAway)
  const { body } = await get(`${url}/begins`, { timeoutMs: 2_000 })
  await assert.rejects(buffer(body))
})

test('an outage waits, what is not there yet is tried again, and a refusal is for good', async (t) => {
  const url = await serve(t, (request, response) => {
    const status = Number(request.url?.slice(1))
    response.writeHead(status, status === 429 ? { 'retry-after': '7' } : {}).end()
  })
  for (const [status, retryAfterMs] of [
    [503, undefined],
    [429, 7_000],
  ] as const) {
    await assert.rejects(
      get(`${url}/${status}`),
      (error) => error instanceof ApiError && error.isOutage && error.retryAfterMs === retryAfterMs,
    )
  }
  await assert.rejects(get(`${url}/404`), { name: 'UrlNotReady' })
  await assert.rejects(get(`${url}/404`, { method: 'POST' }), refused('url_refused_404'))
  await assert.rejects(get(`${url}/403`), refused('url_refused_403'))
})

test('the source’s token goes to its own API, and nowhere else', async (t) => {
  const seen: IncomingHttpHeaders[] = []
  const listener: RequestListener = (request, response) => {
    seen.push(request.headers)
    response.end()
  }
  const [own, other] = [await serve(t, listener), await serve(t, listener)]
  const event = { ...EVENT, priority: 1 }
  purposes.length = 0
  for (const url of [own, other]) (await get(url, { event, api: { token: 'secret', baseUrl: own } })).body.resume()
  assert.deepEqual(
    seen.map(({ authorization }) => authorization),
    ['Bearer secret', undefined],
  )
  assert.deepEqual(purposes, ['replay'], 'only the first was a call of the API')
})
