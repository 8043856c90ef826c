import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { LinearWebhookClient } from '@linear/sdk/webhooks'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { VerificationError } from '../../src/domain/errors.ts'
import { type ApiAnswer, ApiError, createProviderApi, type ProviderApi } from '../../src/providers/api.ts'
import { linear } from '../../src/providers/linear/index.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'

const SECRET = 'lin_wh_4kXn2RrVb8sTqYp6ZcM1'
const OLD_SECRET = 'lin_wh_OfLastYear0000000000'
const NOW = 1_767_225_600
const ID = '234d1a4e-b617-4388-90fe-adc3633d6b72'
const ISSUE_ID = '2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9'

const created = {
  action: 'create',
  type: 'Issue',
  createdAt: '2025-12-31T23:59:50.000Z',
  organizationId: 'd1a4e234-0000-4388-90fe-adc3633d6b72',
  data: {
    id: ISSUE_ID,
    identifier: 'ENG-42',
    title: 'It rains',
    teamId: '72b2a2dc-6f4f-4423-9d34-24b5bd10634a',
    priority: 0,
    createdAt: '2025-12-31T23:59:50.000Z',
    updatedAt: '2025-12-31T23:59:50.000Z',
  },
  url: 'https://linear.app/site/issue/ENG-42/it-rains',
  webhookId: '000042e3-d123-4980-b49f-8e140eef9329',
  webhookTimestamp: NOW * 1000,
}

providerConformance(linear, {
  body: Buffer.from(JSON.stringify(created)),
  type: 'Issue.create',
  id: ID,
  secrets: [SECRET, OLD_SECRET],
  signatureHeader: 'linear-signature',
  malformedSignatures: [`sha256=${'a'.repeat(64)}`, 'A'.repeat(64), 'a'.repeat(63)],
})

const requestOf = (body: object | Buffer, { secret = SECRET, now = NOW } = {}): WebhookRequest =>
  signedRequest(linear, { body, secret, id: ID, now })

/** A body as it is, without a fresh time. */
function genuine(body: object): WebhookRequest {
  const bytes = Buffer.from(JSON.stringify(body))
  return { ...requestOf({}), headers: linear.sign(bytes, SECRET, { now: NOW, url: '', id: ID }), body: bytes }
}

const identify = (body: object) => linear.identify(requestOf(body))[0] ?? assert.fail('nothing was identified')

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

const official = new LinearWebhookClient(SECRET)
const accepts = ({ headers, body }: WebhookRequest): boolean => {
  try {
    return official.verify(body, headers['linear-signature'] ?? '')
  } catch {
    return false
  }
}

test('agrees with the official package, which reads the clock itself, on what is good and what is not', () => {
  const now = Math.floor(Date.now() / 1000)
  const good = requestOf(created, { now })
  const { webhookTimestamp: _, ...timeless } = created
  const cases: [WebhookRequest, boolean][] = [
    [good, true],
    [{ ...good, body: Buffer.concat([good.body, Buffer.from(' ')]) }, false],
    [requestOf(created, { now, secret: OLD_SECRET }), false],
    [requestOf(created, { now: now - 70 }), false],
    [requestOf(created, { now: now + 70 }), false],
    [genuine(timeless), false],
    [genuine({ ...created, webhookTimestamp: String(now * 1000) }), false],
  ]
  for (const [request, isGood] of cases) {
    assert.equal(accepts(request), isGood)
    const verify = () => linear.verify(request, [SECRET], now)
    if (isGood) assert.deepEqual(verify(), { secretIndex: 0 })
    else assert.throws(verify, VerificationError)
  }
})

test('accepts a body for a minute after it was sent and before, by its own time in ms', () => {
  const at = (ms: number) => () =>
    linear.verify(genuine({ ...created, webhookTimestamp: NOW * 1000 + ms }), [SECRET], NOW)
  for (const ms of [-60_000, 0, 60_000]) assert.deepEqual(at(ms)(), { secretIndex: 0 })
  for (const ms of [-60_001, 60_001, -1e9, 1e9]) assert.throws(at(ms), refusedAs('stale_timestamp'))
  assert.throws(() => linear.verify(requestOf(created), [OLD_SECRET], NOW + 61), refusedAs('invalid_signature'))
})

test('a time that is none is refused, whatever the unsigned header says', () => {
  const { webhookTimestamp: _, ...timeless } = created
  assert.throws(() => linear.verify(genuine(timeless), [SECRET], NOW), refusedAs('missing_timestamp'))
  for (const webhookTimestamp of [null, '1767225600000', {}, true, [NOW * 1000]])
    assert.throws(
      () => linear.verify(genuine({ ...created, webhookTimestamp }), [SECRET], NOW),
      refusedAs('bad_timestamp'),
    )
})

test('each attempt is stamped anew, so that a late retry is still fresh and still the same event', () => {
  const later = NOW + 21_600
  const retry = requestOf(created, { now: later })
  assert.deepEqual(linear.verify(retry, [SECRET], later), { secretIndex: 0 })
  assert.deepEqual(linear.identify(retry), linear.identify(requestOf(created)))
})

test('identifies entities, what is about another, and what is about none', () => {
  assert.deepEqual(identify(created), {
    id: ID,
    type: 'Issue.create',
    entity: { kind: 'issue', id: ISSUE_ID },
    occurredAt: new Date('2025-12-31T23:59:50Z'),
    account: 'd1a4e234-0000-4388-90fe-adc3633d6b72',
  })
  const removed = identify({ ...created, type: 'ProjectUpdate', action: 'remove' })
  assert.deepEqual([removed.entity?.kind, removed.deletes], ['project_update', true])
  const { data, ...rest } = created
  const sla = identify({ ...rest, type: 'IssueSLA', action: 'breached', issueData: data })
  assert.deepEqual([sla.type, sla.entity], ['IssueSLA.breached', { kind: 'issue', id: ISSUE_ID }])
  const session = identify({ ...rest, type: 'AgentSessionEvent', action: 'created', agentSession: { id: 's1' } })
  assert.deepEqual(session.entity, { kind: 'agent_session', id: 's1' })
  const revoked = identify({ ...rest, type: 'OAuthApp', action: 'revoked', oauthClientId: 'c1' })
  assert.deepEqual([revoked.type, revoked.entity], ['OAuthApp.revoked', undefined])
})

test('a header that names another type is a mismatch, and a body without type or action is malformed', () => {
  const request = requestOf(created)
  const headers = { ...request.headers, 'linear-event': 'Comment' }
  assert.throws(() => linear.identify({ ...request, headers }), refusedAs('type_mismatch'))
  for (const body of [{ type: 'Issue' }, { action: 'create' }, {}])
    assert.throws(() => identify(body), refusedAs('malformed_body'))
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, body: object) =>
    linear.schemas[type]?.safeParse(body).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('Issue.update', { ...created, updatedFrom: { title: 'It pours' } }), undefined)
  assert.deepEqual(issues('Comment.create', created), ['data.body'])
})

interface Asked {
  query: string
  variables: Record<string, unknown>
}

function apiThat(answer: () => Partial<ApiAnswer>): { api: ProviderApi; asked: Asked[] } {
  const asked: Asked[] = []
  const post = (path: string, json?: unknown) => {
    assert.equal(path, '/graphql')
    asked.push(json as Asked)
    return Promise.resolve().then(() => ({ status: 200, headers: new Headers(), json: undefined, ...answer() }))
  }
  return { api: { post, get: () => assert.fail('nothing is got') }, asked }
}

const issue = { kind: 'issue', id: ISSUE_ID }

test('reads one entity out of its collection, archived or not, and takes an empty one for gone', async () => {
  const { api, asked } = apiThat(() => ({ json: { data: { issues: { nodes: [created.data] } } } }))
  assert.deepEqual(await linear.canonical.fetch(api, issue), { found: true, state: created.data })
  assert.deepEqual(asked[0]?.variables, { id: ISSUE_ID })
  assert.match(
    asked[0]?.query ?? '',
    /^query\(\$id: ID!\) \{ issues\(includeArchived: true, first: 1, filter: \{ id: \{ eq: \$id \} \}\) \{ nodes \{ id /,
  )
  const { api: empty } = apiThat(() => ({ json: { data: { issues: { nodes: [] } } } }))
  assert.deepEqual(await linear.canonical.fetch(empty, issue), { found: false })
})

const failure = (attempt: Promise<unknown>) =>
  attempt.then(
    () => assert.fail('it did not throw'),
    (error: unknown) =>
      error instanceof ApiError ? [error.status, error.isOutage, error.retryAfterMs] : assert.fail(String(error)),
  )

test('tells limits, refusals and outages apart, whichever status they come with', async () => {
  const coded = (code: string) =>
    apiThat(() => ({ json: { data: null, errors: [{ message: 'no', extensions: { code } }] } })).api
  assert.deepEqual(await failure(linear.canonical.fetch(coded('RATELIMITED'), issue)), [429, true, 60_000])
  assert.deepEqual(await failure(linear.canonical.fetch(coded('AUTHENTICATION_ERROR'), issue)), [401, false, undefined])
  assert.deepEqual(await failure(linear.canonical.probe(coded('FORBIDDEN'), issue)), [403, false, undefined])
  assert.deepEqual(await failure(linear.canonical.fetch(coded('INTERNAL_SERVER_ERROR'), issue)), [500, true, undefined])
  const throwing = (error: ApiError) =>
    apiThat(() => {
      throw error
    }).api
  const limit = new ApiError('POST answered 400', { status: 400, retryAfterMs: 7000 })
  assert.deepEqual(await failure(linear.canonical.fetch(throwing(limit), issue)), [429, true, 7000])
  const refused = new ApiError('POST answered 401', { status: 401 })
  assert.deepEqual(await failure(linear.canonical.fetch(throwing(refused), issue)), [401, false, undefined])
  for (const json of [undefined, [], { data: {} }])
    assert.deepEqual(await failure(linear.canonical.fetch(apiThat(() => ({ json })).api, issue)), [
      undefined,
      true,
      undefined,
    ])
})

test('waits until the spent one of its budgets, named in ms, is full again', async (context) => {
  const resetAt = Date.now() + 30_000
  const server = createServer((_, response) => {
    const headers = { 'x-ratelimit-requests-remaining': '9', 'x-ratelimit-complexity-remaining': '0' }
    response.writeHead(400, { ...headers, 'x-ratelimit-complexity-reset': String(resetAt) }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const [status, isOutage, waitMs] = await failure(
    linear.canonical.fetch(createProviderApi({ baseUrl, headers: {} }), issue),
  )
  assert.deepEqual([status, isOutage], [429, true])
  assert.ok(typeof waitMs === 'number' && waitMs > 20_000 && waitMs <= 30_000, String(waitMs))
})

test('has no read for a kind without a collection, nor for an ID that is none, and asks nothing then', async () => {
  const { api, asked } = apiThat(() => ({ json: {} }))
  for (const entity of [
    { kind: 'constructor', id: 'x' },
    { kind: 'agent_session', id: 'x' },
    { kind: 'issue', id: '..' },
  ]) {
    assert.deepEqual(await failure(linear.canonical.fetch(api, entity)), [400, false, undefined])
  }
  assert.deepEqual(asked, [])
})

test('lists collections by cursor, with as much as tells a change', async () => {
  const state = { id: ISSUE_ID, updatedAt: '2025-12-31T23:59:50.000Z' }
  const { api, asked } = apiThat(() => ({
    json: { data: { users: { nodes: [state, {}], pageInfo: { hasNextPage: asked.length === 1, endCursor: 'c1' } } } },
  }))
  const first = await linear.entityListing.page(api, { kind: 'user' })
  assert.deepEqual(first, {
    entities: [{ entity: { kind: 'user', id: ISSUE_ID }, state, changedAt: new Date(state.updatedAt) }],
    next: 'c1',
  })
  assert.equal((await linear.entityListing.page(api, { kind: 'user', cursor: 'c1' })).next, undefined)
  assert.deepEqual(asked[1]?.variables, { first: 100, after: 'c1' })
  assert.match(
    asked[0]?.query ?? '',
    /users\(includeArchived: true, includeDisabled: true, first: \$first, after: \$after/,
  )
})

test('sends a personal key alone, and a token of OAuth as a bearer', () => {
  assert.deepEqual(linear.canonical.authorize('lin_api_x'), { authorization: 'lin_api_x' })
  assert.deepEqual(linear.canonical.authorize('lin_oauth_x'), { authorization: 'Bearer lin_oauth_x' })
})

test('warns of a credential in the place of the signing secret', () => {
  assert.equal(linear.checkSecret(SECRET), undefined)
  assert.match(linear.checkSecret('lin_api_0123456789abcdef') ?? '', /signing secret/)
  assert.match(linear.checkSecret('short') ?? '', /16 characters/)
})
