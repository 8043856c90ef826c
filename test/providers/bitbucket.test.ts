import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign as officialSign, verify as officialVerify } from '@octokit/webhooks-methods'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { VerificationError } from '../../src/domain/errors.ts'
import type { ProviderApi } from '../../src/providers/api.ts'
import { bitbucket } from '../../src/providers/bitbucket/index.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'

const SECRET = "It's a Secret to Everybody"
const OLD_SECRET = 'another secret of some length'
const NOW = 1_767_225_600
const ID = '9a9a8ee9-5f4e-4a4e-8ee0-b1b2c0d7c9a1'

const repository = {
  type: 'repository',
  uuid: '{673a6070-3421-46c9-9d48-90745f7bfe8e}',
  full_name: 'team/site',
  name: 'site',
  workspace: { slug: 'team', uuid: '{1d0b8d6a-41a4-4d52-b06a-1c5c3b0c9d1e}' },
}
const pullrequest = {
  id: 12,
  title: 'A wider viewport',
  state: 'OPEN',
  source: { branch: { name: 'viewport' } },
  destination: { branch: { name: 'main' }, repository: { full_name: 'team/site' } },
  created_on: '2025-12-31T23:50:00.000000+00:00',
  updated_on: '2025-12-31T23:59:50.123456+00:00',
}
const created = { actor: { display_name: 'Ada' }, repository, pullrequest }
const branch = { type: 'branch', name: 'feature/rain', target: { hash: '709d658dc5b6d6afcd46049c2f332ee3f515a67d' } }
const pushOf = (...changes: object[]) => ({ actor: {}, repository, push: { changes } })
const opened = {
  eventKey: 'pr:opened',
  date: '2026-01-01T09:59:50+1000',
  actor: { name: 'admin' },
  pullRequest: {
    id: 11,
    title: 'A new file',
    state: 'OPEN',
    toRef: { id: 'refs/heads/main', repository: { slug: 'site', project: { key: 'PROJ' } } },
  },
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

providerConformance(bitbucket, {
  body: json(created),
  type: 'pullrequest:created',
  id: ID,
  secrets: [SECRET, OLD_SECRET],
  signatureHeader: 'x-hub-signature',
  malformedSignatures: [`sha1=${'a'.repeat(40)}`, 'a'.repeat(64), `SHA256=${'a'.repeat(64)}`],
  canonical: {
    entity: { kind: 'pull_request', id: 'team/site/12' },
    path: '/2.0/repositories/team/site/pullrequests/12',
    probePath: '/2.0/repositories/team/site/pullrequests?pagelen=1',
  },
})

const requestOf = (body: object, type = 'pullrequest:created', secret = SECRET): WebhookRequest =>
  signedRequest(bitbucket, { body, secret, type, id: ID, now: NOW })

const identify = (body: object, type: string) => bitbucket.identify(requestOf(body, type))[0] ?? assert.fail()

const entityOf = (body: object, type: string) => identify(body, type).entity

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

test("verifies the signature that Atlassian's documentation works out", () => {
  const request = {
    method: 'POST',
    url: '',
    headers: { 'x-hub-signature': 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9' },
    body: Buffer.from('Hello World!'),
  }
  assert.deepEqual(bitbucket.verify(request, [SECRET]), { secretIndex: 0 })
})

test('signs as the official package for the same scheme does, and refuses what it refuses', async () => {
  const { body, headers } = requestOf(created)
  const signature = headers['x-hub-signature'] ?? ''
  assert.equal(await officialSign(SECRET, body.toString()), signature)
  assert.equal(await officialVerify(SECRET, body.toString(), signature), true)
  assert.equal(await officialVerify(OLD_SECRET, body.toString(), signature), false)
  assert.throws(() => bitbucket.verify(requestOf(created), [OLD_SECRET]), refusedAs('invalid_signature'))
})

test('identifies what happens to pull requests, comments, issues and commits', () => {
  assert.deepEqual(identify(created, 'pullrequest:created'), {
    id: ID,
    type: 'pullrequest:created',
    entity: { kind: 'pull_request', id: 'team/site/12' },
    occurredAt: new Date('2025-12-31T23:59:50.123Z'),
    account: 'team',
  })
  const comment = { id: 301, updated_on: '2025-12-31T23:59:59Z' }
  const deleted = identify({ ...created, comment }, 'pullrequest:comment_deleted')
  assert.deepEqual([deleted.entity, deleted.deletes], [{ kind: 'pull_request_comment', id: 'team/site/12/301' }, true])
  assert.deepEqual(deleted.occurredAt, new Date('2025-12-31T23:59:59Z'))
  const approval = { date: '2025-12-31T23:59:55Z' }
  assert.deepEqual(identify({ ...created, approval }, 'pullrequest:approved').occurredAt, new Date(approval.date))
  assert.deepEqual(entityOf({ repository, issue: { id: 3 } }, 'issue:created'), { kind: 'issue', id: 'team/site/3' })
  const commit = { hash: '709d658' }
  assert.deepEqual(entityOf({ repository, comment, commit }, 'repo:commit_comment_created'), {
    kind: 'commit_comment',
    id: 'team/site/709d658/301',
  })
  const links = { commit: { href: 'https://api.bitbucket.org/2.0/repositories/team/site/commit/9fec847784ab' } }
  assert.deepEqual(entityOf({ repository, commit_status: { key: 'my/build', links } }, 'repo:commit_status_created'), {
    kind: 'commit_status',
    id: 'team/site/9fec847784ab/my%2Fbuild',
  })
})

test('a push of one ref is about it, one of several about the repository', () => {
  const push = (...changes: object[]) => identify(pushOf(...changes), 'repo:push')
  assert.deepEqual(push({ old: null, new: branch }).entity, { kind: 'branch', id: 'team/site/feature/rain' })
  const gone = push({ old: { ...branch, type: 'tag' }, new: null })
  assert.deepEqual([gone.entity, gone.deletes], [{ kind: 'tag', id: 'team/site/feature/rain' }, true])
  assert.deepEqual(push({ new: branch }, { new: branch }).entity, { kind: 'repository', id: 'team/site' })
})

test('identifies events of Data Center under kinds of their own, with its own ID header', () => {
  const { 'x-request-uuid': _, ...headers } = requestOf(opened, 'pr:opened').headers
  const request = { ...requestOf(opened, 'pr:opened'), headers: { ...headers, 'x-request-id': 'a-b-c' } }
  assert.deepEqual(bitbucket.identify(request), [
    {
      id: 'a-b-c',
      type: 'pr:opened',
      entity: { kind: 'server_pull_request', id: 'PROJ/site/11' },
      occurredAt: new Date('2025-12-31T23:59:50Z'),
    },
  ])
  assert.throws(() => identify(opened, 'pr:merged'), refusedAs('type_mismatch'))
  assert.equal(identify({ test: true }, 'diagnostics:ping').type, 'diagnostics:ping')
})

test('a key that the body contradicts is a mismatch, and one that says nothing is none', () => {
  const merged = { ...created, pullrequest: { ...pullrequest, state: 'MERGED' } }
  assert.equal(identify(merged, 'pullrequest:fulfilled').type, 'pullrequest:fulfilled')
  const contradictions: [object, string][] = [
    [created, 'repo:push'],
    [created, 'pullrequest:fulfilled'],
    [created, 'pullrequest:approved'],
    [merged, 'pullrequest:rejected'],
    [{ ...created, comment: { id: 1 } }, 'pullrequest:created'],
    [{ ...created, issue: {} }, 'issue:updated'],
  ]
  for (const [body, key] of contradictions) assert.throws(() => identify(body, key), refusedAs('type_mismatch'), key)
  for (const key of ['', ' ', 'repo push', 'repo/push']) {
    const request = { ...requestOf(created), headers: { ...requestOf(created).headers, 'x-event-key': key } }
    assert.throws(() => bitbucket.identify(request), refusedAs('malformed_request'), key)
  }
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, body: object) =>
    bitbucket.schemas[type]?.safeParse(body).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('repo:push', pushOf({ old: null, new: branch })), undefined)
  assert.equal(issues('pr:opened', opened), undefined)
  assert.deepEqual(issues('pullrequest:created', { repository, pullrequest: { ...pullrequest, state: 'open' } }), [
    'pullrequest.state',
  ])
})

const apiThat = (answer: (path: string) => unknown): { api: ProviderApi; paths: string[] } => {
  const paths: string[] = []
  const get = (path: string) => {
    paths.push(path)
    return Promise.resolve({ status: 200, headers: new Headers(), json: answer(path) })
  }
  return { api: { get, post: () => assert.fail('nothing is posted') }, paths }
}

test('reads refs, nested comments, statuses and what stands in Data Center', async () => {
  const { api, paths } = apiThat(() => ({}))
  for (const entity of [
    { kind: 'branch', id: 'team/site/feature/rain' },
    { kind: 'pull_request_comment', id: 'team/site/12/301' },
    { kind: 'commit_status', id: 'team/site/9fec/my%2Fbuild' },
    { kind: 'server_pull_request', id: 'PROJ/site/11' },
  ]) {
    await bitbucket.canonical.fetch(api, entity)
  }
  assert.deepEqual(paths, [
    '/2.0/repositories/team/site/refs/branches/feature%2Frain',
    '/2.0/repositories/team/site/pullrequests/12/comments/301',
    '/2.0/repositories/team/site/commit/9fec/statuses/build/my%2Fbuild',
    '/rest/api/1.0/projects/PROJ/repos/site/pull-requests/11',
  ])
})

test('sends an API token with the address of its owner, and an access token alone', () => {
  const { authorize } = bitbucket.canonical
  assert.deepEqual(authorize('ATCTT3xFfGN0'), { authorization: 'Bearer ATCTT3xFfGN0' })
  const pair = 'ada@example.com:ATATT3xFfGF0'
  assert.deepEqual(authorize(pair), { authorization: `Basic ${Buffer.from(pair).toString('base64')}` })
})

test('lists the pull requests of a repository, whatever their state, page by page', async () => {
  const { api, paths } = apiThat((path) => ({
    values: [pullrequest, null, { id: 13 }],
    ...(path.endsWith('page=1') && {
      next: 'https://elsewhere.example/2.0/repositories/team/site/pullrequests?page=2',
    }),
  }))
  const place = '/2.0/repositories/team/site'
  const first = await bitbucket.entityListing.page(api, { kind: 'pull_request', place })
  assert.deepEqual(first, {
    entities: [
      {
        entity: { kind: 'pull_request', id: 'team/site/12' },
        state: { id: 12, state: 'OPEN', updated_on: pullrequest.updated_on },
        changedAt: new Date(pullrequest.updated_on),
      },
    ],
    next: '2',
  })
  assert.equal((await bitbucket.entityListing.page(api, { kind: 'pull_request', place, cursor: '2' })).next, undefined)
  assert.match(paths[0] ?? '', /^\/2\.0\/repositories\/team\/site\/pullrequests\?.*state=OPEN&state=MERGED.*&page=1$/)
  await assert.rejects(bitbucket.entityListing.page(api, { kind: 'pull_request' }), /set api\.listing/)
})

test('warns of a short secret', () => {
  assert.equal(bitbucket.checkSecret(SECRET), undefined)
  assert.match(bitbucket.checkSecret('short') ?? '', /16 characters/)
})
