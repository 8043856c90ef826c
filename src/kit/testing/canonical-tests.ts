import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { ApiError, createProviderApi, type ProviderApi } from '../../providers/api.ts'
import type { CanonicalReader } from '../../providers/provider.ts'
import type { ProviderHarness, Subject } from './provider-harness.ts'

interface Answer {
  status: number
  headers?: Record<string, string>
  json?: unknown
}

interface Call {
  path: string
  headers: IncomingHttpHeaders
}

const TOKEN = 'token-of-the-suite'

/** A server that answers everything alike, and an API client on it with the reader's own credential headers. */
async function answering(
  context: TestContext,
  reader: CanonicalReader,
  answer: Answer,
): Promise<{ api: ProviderApi; calls: Call[] }> {
  const calls: Call[] = []
  const server = createServer((request, response) => {
    calls.push({ path: request.url ?? '', headers: request.headers })
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(answer.json === undefined ? '' : JSON.stringify(answer.json))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { api: createProviderApi({ baseUrl, headers: reader.authorize(TOKEN) }), calls }
}

async function failure(attempt: Promise<unknown>): Promise<ApiError> {
  const error = await attempt.then(
    () => assert.fail('it did not throw'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof ApiError, `not an ApiError: ${String(error)}`)
  return error
}

export function canonicalTests({ provider, harness }: Subject): void {
  const reader = provider.canonical
  if (!('fetch' in reader) || harness.canonical === undefined) return
  const { entity, path } = harness.canonical

  test('reads the canonical state at its path, with the credential', async (context) => {
    const { api, calls } = await answering(context, reader, { status: 200, json: { id: entity.id, state: 'here' } })
    const read = await reader.fetch(api, entity)
    assert.deepEqual(read.found && read.state, { id: entity.id, state: 'here' })
    assert.deepEqual(
      calls.map((call) => call.path),
      [path],
    )
    assert.ok(JSON.stringify(calls[0]?.headers).includes(TOKEN), 'the credential was not sent')
  })

  test('tells an entity that is gone from an answer that is none', async (context) => {
    for (const status of [404, 410]) {
      const { api } = await answering(context, reader, { status, json: { message: 'Not Found' } })
      assert.deepEqual(await reader.fetch(api, entity), { found: false })
    }
    for (const answer of [{ status: 200 }, { status: 200, json: [] }, { status: 503 }]) {
      const { api } = await answering(context, reader, answer)
      assert.equal((await failure(reader.fetch(api, entity))).isOutage, true)
    }
  })

  test('honours Retry-After of a provider that limits us', async (context) => {
    const { api } = await answering(context, reader, { status: 429, headers: { 'retry-after': '7' } })
    const error = await failure(reader.fetch(api, entity))
    assert.deepEqual([error.status, error.retryAfterMs, error.isOutage], [429, 7000, true])
  })

  test('has no canonical read for a kind that it does not name, nor for an ID that climbs out of its path', async (context) => {
    const { api, calls } = await answering(context, reader, { status: 200, json: {} })
    assert.ok(reader.kinds.includes(entity.kind))
    for (const other of [
      { kind: 'constructor', id: 'x' },
      { kind: entity.kind, id: '..' },
    ]) {
      assert.equal((await failure(reader.fetch(api, other))).isOutage, false)
    }
    assert.deepEqual(calls, [])
  })

  probeTests(reader, harness.canonical)
}

function probeTests(reader: CanonicalReader, { entity, probePath }: Required<ProviderHarness>['canonical']): void {
  test('probes the credential at a path that must answer while it works', async (context) => {
    const { api, calls } = await answering(context, reader, { status: 200, json: {} })
    await reader.probe(api, entity)
    assert.deepEqual(
      calls.map((call) => call.path),
      [probePath],
    )
  })

  test('fails the probe for a credential that no longer works or sees nothing', async (context) => {
    for (const status of [401, 403, 404]) {
      const { api } = await answering(context, reader, { status })
      assert.equal((await failure(reader.probe(api, entity))).status, status)
    }
  })
}
