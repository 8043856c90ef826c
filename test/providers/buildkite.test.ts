import assert from 'node:assert/strict'
import { test } from 'node:test'
import Stripe from 'stripe'
import { VerificationError } from 'posthorn/provider'
import { providerConformance, signedRequest } from 'posthorn/testing'
import type { ProviderApi } from '../../src/providers/api.ts'
import { buildkite } from '../../src/providers/buildkite/index.ts'
import type { Provider, WebhookRequest } from '../../src/providers/provider.ts'

const SECRET = 'bkwt_8c1f0e6b2d7a4953'
const OLD_SECRET = 'bkwt_0a9b8c7d6e5f4a3b'
const NOW = 1_767_225_600
const BUILD_ID = 'f62a1b4d-10f9-4790-bc1c-e2c3a0c80983'
const BUILD_URL = 'https://api.buildkite.com/v2/organizations/acme/pipelines/shop/builds/27'

const build = {
  id: BUILD_ID,
  url: BUILD_URL,
  number: 27,
  state: 'passed',
  blocked: false,
  branch: 'main',
  commit: '709d658dc5b6d6afcd46049c2f332ee3f515a67d',
  created_at: '2025-12-31T23:50:00.000Z',
  scheduled_at: '2025-12-31T23:50:01.000Z',
  started_at: '2025-12-31T23:51:00.000Z',
  finished_at: '2025-12-31T23:59:50.000Z',
}
const pipeline = { id: '849411f9-9e6d-4739-a0d8-e247088e9b52', slug: 'shop', name: 'Shop' }
const sender = { id: '8a7693f8-dbae-4783-9137-84090fce9045', name: 'Ada' }
const finished = { event: 'build.finished', build, pipeline, sender }
const job = {
  id: 'b63254c0-3271-4a98-8270-7cfbd6c2f14e',
  type: 'script',
  state: 'running',
  created_at: '2025-12-31T23:50:30.000Z',
  started_at: '2025-12-31T23:51:05.000Z',
  finished_at: null,
}
const jobStarted = {
  event: 'job.started',
  job,
  build: { ...build, state: 'running', finished_at: null },
  pipeline,
  sender,
}
const agent = {
  id: '0b461f65-e7be-4c80-888a-ef11d81fd971',
  url: 'https://api.buildkite.com/v2/organizations/acme/agents/0b461f65-e7be-4c80-888a-ef11d81fd971',
  connection_state: 'connected',
  created_at: '2025-12-31T23:40:00.000Z',
}

const harness = {
  body: Buffer.from(JSON.stringify(finished)),
  type: 'build.finished',
  id: `build.finished:${BUILD_ID}:passed:${build.finished_at}`,
  secrets: [SECRET, OLD_SECRET],
  canonical: {
    entity: { kind: 'build', id: 'acme/shop/27' },
    path: '/v2/organizations/acme/pipelines/shop/builds/27',
    probePath: '/v2/organizations/acme/pipelines/shop/builds?per_page=1',
  },
} as const

providerConformance(buildkite, {
  ...harness,
  signatureHeader: 'x-buildkite-signature',
  malformedSignatures: ['timestamp=1767225600', `signature=${'a'.repeat(64)}`, `t=1767225600,v1=${'a'.repeat(64)}`],
  time: {
    tolerance: 300,
    replace: (headers, time) => ({
      ...headers,
      'x-buildkite-signature': (headers['x-buildkite-signature'] ?? '').replace(/timestamp=\d+/, `timestamp=${time}`),
    }),
  },
})

/** A service that is set to send its token. */
const withToken: Provider = {
  ...buildkite,
  name: 'buildkite, by token',
  sign: (_body, secret, { type }) => ({
    ...(type !== undefined && { 'x-buildkite-event': type }),
    'x-buildkite-token': secret,
  }),
}

// A token proves who sends, and nothing of what is sent.
providerConformance(withToken, { ...harness, covers: 'fields', signatureHeader: 'x-buildkite-token' })

const requestOf = (body: object, type?: string): WebhookRequest =>
  signedRequest(buildkite, { body, secret: SECRET, now: NOW, ...(type !== undefined && { type }) })

const identify = (body: object) => buildkite.identify(requestOf(body))[0] ?? assert.fail()

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

test('signs and verifies as the official package for the same scheme does, but for the names', () => {
  const { webhooks } = new Stripe('sk_test_unused')
  const { body, headers } = requestOf(finished)
  const payload = body.toString()
  const theirs = webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp: NOW })
  const renamed = theirs.replace('t=', 'timestamp=').replace('v1=', 'signature=')
  assert.equal(headers['x-buildkite-signature'], renamed)
})

test('a request that claims a signature stands or falls by it, whatever token comes along', () => {
  const { headers, ...request } = requestOf(finished)
  const forged = { ...headers, 'x-buildkite-token': SECRET, 'x-buildkite-signature': 'timestamp=1,signature=x' }
  const attempt = (headers: Record<string, string>) => () => buildkite.verify({ ...request, headers }, [SECRET], NOW)
  assert.throws(attempt(forged), refusedAs('invalid_signature'))
  assert.throws(attempt({ ...forged, 'x-buildkite-signature': '' }), refusedAs('missing_signature'))
  assert.throws(attempt({ 'x-buildkite-token': OLD_SECRET }), refusedAs('invalid_signature'))
})

test('identifies builds, jobs by their build, and agents', () => {
  assert.deepEqual(identify(finished), {
    id: harness.id,
    type: 'build.finished',
    entity: { kind: 'build', id: 'acme/shop/27' },
    occurredAt: new Date(build.finished_at),
    account: 'acme',
  })
  assert.deepEqual(identify(jobStarted), {
    id: `job.started:${job.id}:running:${job.started_at}`,
    type: 'job.started',
    entity: { kind: 'build', id: 'acme/shop/27' },
    occurredAt: new Date(job.started_at),
    account: 'acme',
  })
  assert.deepEqual(identify({ event: 'agent.connected', agent, sender }).entity, {
    kind: 'agent',
    id: `acme/${agent.id}`,
  })
})

test('a build that runs again after a retry is another event, and a ping is keyed by its bytes', () => {
  const again = { ...finished, build: { ...build, finished_at: '2026-01-01T00:09:00.000Z' } }
  assert.notEqual(identify(again).id, identify(finished).id)
  const ping = identify({ event: 'ping', service: { id: 'c9f8372d' }, organization: { slug: 'acme' }, sender })
  assert.deepEqual(ping, { type: 'ping' })
})

test('a header that contradicts the body is a mismatch', () => {
  assert.throws(() => buildkite.identify(requestOf(finished, 'build.running')), refusedAs('type_mismatch'))
  assert.throws(() => identify({ build, pipeline }), refusedAs('malformed_body'))
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, body: object) =>
    buildkite.schemas[type]?.safeParse(body).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('build.finished', finished), undefined)
  assert.equal(issues('job.started', jobStarted), undefined)
  assert.equal(issues('agent.connected', { event: 'agent.connected', agent }), undefined)
  assert.deepEqual(issues('build.finished', { ...finished, build: { ...build, number: 'x' } }), ['build.number'])
})

test('reads agents of an organization', async () => {
  const paths: string[] = []
  const api: ProviderApi = {
    get(path) {
      paths.push(path)
      return Promise.resolve({ status: 200, headers: new Headers(), json: agent })
    },
    post: () => assert.fail('nothing is posted'),
  }
  await buildkite.canonical.fetch(api, { kind: 'agent', id: `acme/${agent.id}` })
  await buildkite.canonical.probe(api, { kind: 'agent', id: `acme/${agent.id}` })
  assert.deepEqual(paths, [`/v2/organizations/acme/agents/${agent.id}`, '/v2/organizations/acme/agents?per_page=1'])
})

test('lists the builds below what the operator names, as far as the pages go', async () => {
  const paths: string[] = []
  const api: ProviderApi = {
    get(path) {
      paths.push(path)
      const link = '<https://api.buildkite.com/v2/organizations/acme/builds?page=2>; rel="next"'
      const headers = new Headers(paths.length === 1 ? { link } : {})
      return Promise.resolve({ status: 200, headers, json: [build, { odd: true }] })
    },
    post: () => assert.fail('nothing is posted'),
  }
  const request = { kind: 'build', place: '/v2/organizations/acme' }
  const first = await buildkite.entityListing.page(api, request)
  assert.deepEqual(first, {
    entities: [
      {
        entity: { kind: 'build', id: 'acme/shop/27' },
        state: { id: BUILD_ID, state: 'passed', blocked: false, finished_at: build.finished_at },
        ...{ changedAt: new Date(build.finished_at), createdAt: new Date(build.created_at) },
      },
    ],
    next: '2',
  })
  assert.equal((await buildkite.entityListing.page(api, { ...request, cursor: '2' })).next, undefined)
  assert.deepEqual(
    paths,
    ['1', '2'].map((page) => `/v2/organizations/acme/builds?per_page=100&page=${page}`),
  )
  await assert.rejects(buildkite.entityListing.page(api, { kind: 'build' }), /set api\.listing/)
  await assert.rejects(buildkite.entityListing.page(api, { ...request, kind: 'agent' }), /lists no agent/)
  assert.equal(paths.length, 2)
})

test('warns of a secret that is a token of the API, or short', () => {
  assert.equal(buildkite.checkSecret(SECRET), undefined)
  assert.match(buildkite.checkSecret('bkua_0a9b8c7d6e5f4a3b') ?? '', /of the API/)
  assert.match(buildkite.checkSecret('short') ?? '', /16 characters/)
})
