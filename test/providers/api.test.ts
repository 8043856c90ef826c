import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { ApiError, createProviderApi, type ProviderApi } from '../../src/providers/api.ts'

async function serve(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function apiOn(context: TestContext, listener: RequestListener, timeoutMs = 5000): Promise<ProviderApi> {
  const baseUrl = await serve(context, listener)
  return createProviderApi({ baseUrl, headers: { authorization: 'Bearer s3cret' }, timeoutMs })
}

async function failure(attempt: Promise<unknown>): Promise<ApiError> {
  const error = await attempt.then(
    () => assert.fail('it did not throw'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof ApiError, String(error))
  return error
}

test('sends its headers and those of the call, below a base URL with a path', async (context) => {
  const seen: unknown[] = []
  const baseUrl = await serve(context, ({ url, headers }, response) => {
    seen.push([url, headers.authorization, headers['x-account'], headers.accept])
    response.end('{"a":1}')
  })
  const api = createProviderApi({ baseUrl: `${baseUrl}/stripe/`, headers: { authorization: 'Bearer s3cret' } })
  const { status, json } = await api.get('/v1/x?limit=1', { 'x-account': 'acct_1' })
  assert.deepEqual([status, json], [200, { a: 1 }])
  assert.deepEqual(seen, [['/stripe/v1/x?limit=1', 'Bearer s3cret', 'acct_1', 'application/json']])
})

test('answers 404 and 410, and throws for every other failure with its status', async (context) => {
  const api = await apiOn(context, ({ url }, response) => {
    response.writeHead(Number(url?.slice(1))).end('{"message":"no"}')
  })
  for (const status of [404, 410]) assert.deepEqual((await api.get(`/${status}`)).json, undefined)
  for (const status of [400, 401, 403, 409, 422]) {
    const error = await failure(api.get(`/${status}`))
    assert.deepEqual([error.status, error.isOutage], [status, false])
  }
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    const error = await failure(api.get(`/${status}`))
    assert.deepEqual([error.status, error.isOutage], [status, true])
  }
})

test('waits out a budget that GitHub says is spent, although it answers 403', async (context) => {
  const resetAt = Math.floor(Date.now() / 1000) + 60
  const api = await apiOn(context, (request, response) => {
    response
      .writeHead(403, { 'x-ratelimit-remaining': request.url === '/spent' ? '0' : '12', 'x-ratelimit-reset': resetAt })
      .end()
  })
  const spent = await failure(api.get('/spent'))
  assert.equal(spent.isOutage, true)
  assert.ok(spent.retryAfterMs !== undefined && spent.retryAfterMs > 50_000 && spent.retryAfterMs <= 60_000)
  const forbidden = await failure(api.get('/forbidden'))
  assert.deepEqual([forbidden.isOutage, forbidden.retryAfterMs], [false, undefined])
})

test('waits for a new window that Buildkite names in seconds, and GitLab as a moment', async (context) => {
  const inAMinute = Math.floor(Date.now() / 1000) + 60
  const api = await apiOn(context, ({ url }, response) => {
    response.writeHead(429, { 'ratelimit-remaining': '0', 'ratelimit-reset': url === '/wait' ? '42' : inAMinute }).end()
  })
  assert.equal((await failure(api.get('/wait'))).retryAfterMs, 42_000)
  const { retryAfterMs = 0 } = await failure(api.get('/moment'))
  assert.ok(retryAfterMs > 50_000 && retryAfterMs <= 60_000, String(retryAfterMs))
})

test('never carries the credential to another host', async (context) => {
  const stolen: unknown[] = []
  const elsewhere = await serve(context, ({ headers }, response) => {
    stolen.push(headers.authorization)
    response.end('{}')
  })
  const api = await apiOn(context, (_, response) => {
    response.writeHead(302, { location: `${elsewhere}/x` }).end()
  })
  const error = await failure(api.get('/x'))
  assert.deepEqual([error.status, error.isOutage], [302, false])
  assert.deepEqual(stolen, [])
})

test('follows what was renamed on the same host, but not for ever', async (context) => {
  let loops = 0
  const api = await apiOn(context, ({ url, headers }, response) => {
    if (url === '/new') return response.end(JSON.stringify({ with: headers.authorization }))
    loops++
    return response.writeHead(301, { location: url === '/old' ? '/new' : '/loop' }).end()
  })
  assert.deepEqual((await api.get('/old')).json, { with: 'Bearer s3cret' })
  loops = 0
  assert.equal((await failure(api.get('/loop'))).status, 301)
  assert.equal(loops, 4)
})

test('takes silence for an outage, before the first byte and after it', async (context) => {
  const api = await apiOn(
    context,
    ({ url }, response) => {
      if (url === '/half') response.write('{"a":')
    },
    150,
  )
  for (const path of ['/never', '/half']) {
    const error = await failure(api.get(path))
    assert.deepEqual([error.status, error.isOutage], [undefined, true])
  }
})

test('takes a refused connection for an outage', async () => {
  const api = createProviderApi({ baseUrl: 'http://127.0.0.1:1', headers: {} })
  assert.equal((await failure(api.get('/x'))).isOutage, true)
})

test('takes an answer that is not JSON for an outage', async (context) => {
  const api = await apiOn(context, (_, response) => {
    response.end('<html>We will be back soon</html>')
  })
  const error = await failure(api.get('/x'))
  assert.deepEqual([error.status, error.isOutage], [undefined, true])
  assert.doesNotMatch(error.message, /html/)
})

test('reads no answer larger than 10 MiB, and does not take it for an outage', async (context) => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x')
  let sent = 0
  const api = await apiOn(context, (_, response) => {
    response.write('"')
    const more = (): void => {
      while (!response.destroyed && sent < 1000)
        if ((sent++, !response.write(megabyte))) return void response.once('drain', more)
    }
    more()
  })
  const error = await failure(api.get('/x'))
  assert.deepEqual([error.status, error.code, error.isOutage], [413, 'provider_answer_too_large', false])
  assert.ok(sent < 100, `${sent} MiB were taken`)
})

test('keeps the credential and the query out of its messages', async (context) => {
  const api = await apiOn(context, (_, response) => {
    response.writeHead(401).end()
  })
  const { message } = await failure(api.get('/v1/x?key=k3y'))
  assert.doesNotMatch(message, /s3cret|k3y/)
})
