import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { VerificationError } from '../../src/domain/errors.ts'
import type { ProviderApi } from '../../src/providers/api.ts'
import { gitlab } from '../../src/providers/gitlab/index.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'

const TOKEN = 'glhook-4f1c0b7a9e2d'
const OLD_TOKEN = 'glhook-of-last-year'
const SIGNING_TOKEN = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const OLD_SIGNING_TOKEN = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
const NOW = 1_767_225_600
const ID = '3a427872-00df-429c-9bc9-a9475de2efe4'

const project = { id: 15, name: 'Diaspora', path_with_namespace: 'mike/diaspora', default_branch: 'main' }
const SHA = 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7'
const NOTHING = '0'.repeat(40)

const mergeRequest = {
  object_kind: 'merge_request',
  event_type: 'merge_request',
  user: { id: 1, username: 'root' },
  project,
  object_attributes: {
    id: 99,
    iid: 1,
    title: 'A wider viewport',
    state: 'opened',
    source_branch: 'viewport',
    target_branch: 'main',
    created_at: '2025-12-31 23:58:00 UTC',
    updated_at: '2025-12-31 23:59:50 UTC',
    action: 'open',
  },
}
const pipeline = {
  object_kind: 'pipeline',
  project,
  object_attributes: {
    id: 31,
    ref: 'main',
    sha: SHA,
    status: 'success',
    created_at: '2025-12-31 23:50:00 UTC',
    finished_at: '2025-12-31 23:55:00 UTC',
  },
}
const job = {
  object_kind: 'build',
  ref: 'main',
  build_id: 1977,
  build_name: 'test',
  build_status: 'failed',
  build_created_at: '2025-12-31T23:50:00Z',
  build_started_at: null,
  build_finished_at: null,
  pipeline_id: 31,
  project_id: 15,
  project,
}
const push = {
  object_kind: 'push',
  event_name: 'push',
  before: SHA,
  after: SHA.replace('d', 'e'),
  ref: 'refs/heads/feature/rain',
  project_id: 15,
  project,
  commits: [{ id: SHA, message: 'fixed readme', timestamp: '2012-01-03T23:36:29+02:00' }],
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

const harness = {
  body: json(mergeRequest),
  type: 'merge_request.open',
  id: ID,
  canonical: {
    entity: { kind: 'merge_request', id: '15/1' },
    path: '/projects/15/merge_requests/1',
    probePath: '/projects/15/merge_requests?per_page=1',
  },
}

providerConformance(gitlab, {
  ...harness,
  covers: 'fields',
  secrets: [TOKEN, OLD_TOKEN],
  signatureHeader: 'x-gitlab-token',
})

providerConformance(gitlab, {
  ...harness,
  secrets: [SIGNING_TOKEN, OLD_SIGNING_TOKEN],
  signatureHeader: 'webhook-signature',
  severalSignatures: true,
  requiredHeaders: ['webhook-id', 'webhook-timestamp'],
  malformedSignatures: ['v1', 'v1,', `v2,${Buffer.alloc(32).toString('base64')}`],
  time: { tolerance: 300, replace: (headers, time) => ({ ...headers, 'webhook-timestamp': time }) },
})

const requestOf = (body: object | Buffer, secret = TOKEN, type?: string): WebhookRequest =>
  signedRequest(gitlab, { body, secret, id: ID, now: NOW, ...(type !== undefined && { type }) })

const withHeaders = (request: WebhookRequest, headers: Record<string, string>): WebhookRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
})

const identify = (body: object) => gitlab.identify(requestOf(body))[0] ?? assert.fail('nothing was identified')

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

test('a signed request is verified by the official package of the standard, and the other way round', () => {
  const official = new Webhook(SIGNING_TOKEN)
  const now = Math.floor(Date.now() / 1000)
  const { body, headers } = signedRequest(gitlab, { body: mergeRequest, secret: SIGNING_TOKEN, id: ID, now })
  assert.doesNotThrow(() => official.verify(body.toString(), headers))
  assert.throws(() => official.verify(`${body.toString()} `, headers))
  assert.throws(() => new Webhook(OLD_SIGNING_TOKEN).verify(body.toString(), headers))

  const signature = official.sign(ID, new Date(NOW * 1000), harness.body.toString())
  const request = withHeaders(requestOf(harness.body), { 'webhook-signature': signature, 'x-gitlab-token': '' })
  assert.deepEqual(gitlab.verify(request, [OLD_SIGNING_TOKEN, SIGNING_TOKEN], NOW), { secretIndex: 1 })
})

test('a hook that has both tokens is judged by its signature, once there is a token to judge it', () => {
  const both = withHeaders(requestOf(mergeRequest, SIGNING_TOKEN), { 'x-gitlab-token': TOKEN })
  assert.deepEqual(gitlab.verify(both, [TOKEN], NOW), { secretIndex: 0 })
  assert.deepEqual(gitlab.verify(both, [TOKEN, SIGNING_TOKEN], NOW), { secretIndex: 1 })
  const changed = { ...both, body: Buffer.concat([both.body, Buffer.from(' ')]) }
  assert.throws(() => gitlab.verify(changed, [TOKEN, SIGNING_TOKEN], NOW), refusedAs('invalid_signature'))
  assert.throws(() => gitlab.verify(both, [TOKEN, SIGNING_TOKEN], NOW + 301), refusedAs('stale_timestamp'))
})

test('a signing token is never taken for a secret token, nor ID and time for a signature', () => {
  const stolen = withHeaders(requestOf(mergeRequest), { 'x-gitlab-token': SIGNING_TOKEN })
  assert.throws(() => gitlab.verify(stolen, [SIGNING_TOKEN], NOW), refusedAs('invalid_signature'))
  const { 'x-gitlab-token': _, ...headers } = requestOf(mergeRequest).headers
  assert.throws(
    () => gitlab.verify({ ...requestOf(mergeRequest), headers }, [TOKEN], NOW),
    refusedAs('missing_signature'),
  )
  const signed = requestOf(mergeRequest, SIGNING_TOKEN)
  assert.throws(() => gitlab.verify(signed, [TOKEN], NOW), refusedAs('invalid_signature'))
})

test('identifies merge requests, pipelines, jobs and pushes', () => {
  assert.deepEqual(identify(mergeRequest), {
    id: ID,
    type: 'merge_request.open',
    entity: { kind: 'merge_request', id: '15/1' },
    occurredAt: new Date('2025-12-31T23:59:50Z'),
    account: 'mike',
  })
  assert.deepEqual(identify(pipeline), {
    id: ID,
    type: 'pipeline.success',
    entity: { kind: 'pipeline', id: '15/31' },
    occurredAt: new Date('2025-12-31T23:55:00Z'),
    account: 'mike',
  })
  assert.deepEqual(identify(job), {
    id: ID,
    type: 'build.failed',
    entity: { kind: 'job', id: '15/1977' },
    occurredAt: new Date('2025-12-31T23:50:00Z'),
    account: 'mike',
  })
  assert.deepEqual(identify(push), {
    id: ID,
    type: 'push',
    entity: { kind: 'branch', id: '15/feature/rain' },
    account: 'mike',
  })
})

test('identifies notes, tags, releases, deployments, wiki pages and what has no project', () => {
  const entityOf = (body: object) => identify(body).entity
  const note = { object_kind: 'note', project, object_attributes: { id: 1244, note: 'Hm.', action: 'create' } }
  assert.deepEqual(entityOf({ ...note, issue: { id: 92, iid: 17 } }), { kind: 'note', id: '15/issues/17/1244' })
  assert.deepEqual(entityOf({ ...note, merge_request: { iid: 1 } }), { kind: 'note', id: '15/merge_requests/1/1244' })
  assert.equal(entityOf({ ...note, commit: { id: SHA } }), undefined)
  const tag = { ...push, object_kind: 'tag_push', event_name: 'tag_push', ref: 'refs/tags/v1.0', after: NOTHING }
  assert.deepEqual([entityOf(tag), identify(tag).deletes], [{ kind: 'tag', id: '15/v1.0' }, true])
  const release = { object_kind: 'release', id: 1, project, tag: 'v1.1', action: 'delete' }
  assert.deepEqual([entityOf(release), identify(release).deletes], [{ kind: 'release', id: '15/v1.1' }, true])
  const deployment = {
    object_kind: 'deployment',
    status: 'running',
    deployment_id: 5,
    project,
    status_changed_at: '2025-12-31 23:59:50 +0200',
  }
  assert.deepEqual(identify(deployment).occurredAt, new Date('2025-12-31T21:59:50Z'))
  assert.deepEqual(entityOf(deployment), { kind: 'deployment', id: '15/5' })
  const page = { object_kind: 'wiki_page', project, object_attributes: { slug: 'a/b', title: 'B', action: 'create' } }
  assert.deepEqual(entityOf(page), { kind: 'wiki_page', id: '15/a/b' })
  assert.equal(identify(page).deletes, undefined)
  const task = { object_kind: 'work_item', project, object_attributes: { iid: 4, type: 'Task', action: 'open' } }
  assert.deepEqual(entityOf(task), { kind: 'issue', id: '15/4' })
  assert.equal(entityOf({ object_kind: 'work_item', object_attributes: { iid: 4, type: 'Epic' } }), undefined)
})

test('takes the type from the body, and from the header only where a template left none', () => {
  const of = (body: object, header: string) => () =>
    gitlab.identify(withHeaders(requestOf(body), { 'x-gitlab-event': header }))[0]?.type
  assert.throws(of(push, 'Merge Request Hook'), refusedAs('type_mismatch'))
  assert.equal(of(push, 'System Hook')(), 'push')
  assert.equal(of({ object_kind: 'issue' }, 'Confidential Issue Hook')(), 'issue')
  assert.equal(of({ event_name: 'user_add_to_group' }, 'Member Hook')(), 'user_add_to_group')
  assert.equal(of({ text: 'of a template' }, 'Push Hook')(), 'push')
  assert.throws(of({ text: 'of a template' }, 'Fancy Hook'), refusedAs('malformed_body'))
})

test('signs with the headers of the event, told or read from the body', () => {
  assert.equal(requestOf(job).headers['x-gitlab-event'], 'Job Hook')
  assert.equal(requestOf({}, TOKEN, 'note.create').headers['x-gitlab-event'], 'Note Hook')
  assert.equal(requestOf({}).headers['x-gitlab-event'], undefined)
  assert.equal(requestOf(job).headers['idempotency-key'], ID)
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, body: object) =>
    gitlab.schemas[type]?.safeParse(body).error?.issues.map(({ path }) => path.join('.'))
  for (const body of [mergeRequest, pipeline, job, push]) assert.equal(issues(identify(body).type, body), undefined)
  assert.deepEqual(issues('pipeline.failed', mergeRequest), [
    'object_attributes.ref',
    'object_attributes.sha',
    'object_attributes.status',
  ])
})

test('reads names with slashes as one segment, and notes below their issue', async () => {
  const { api, paths } = apiThat(() => ({ name: 'x' }))
  for (const entity of [
    { kind: 'branch', id: '15/feature/rain' },
    { kind: 'note', id: '15/issues/17/1244' },
  ]) {
    await gitlab.canonical.fetch(api, entity)
  }
  assert.deepEqual(paths, ['/projects/15/repository/branches/feature%2Frain', '/projects/15/issues/17/notes/1244'])
})

const apiThat = (answer: (path: string) => unknown): { api: ProviderApi; paths: string[] } => {
  const paths: string[] = []
  const respond = (path: string) => {
    paths.push(path)
    return Promise.resolve({ status: 200, headers: new Headers(), json: answer(path) })
  }
  return { api: { get: respond, post: respond }, paths }
}

const delivery = (id: number, createdAt: string, data: object = mergeRequest) => ({
  id,
  trigger: 'merge_request_hooks',
  request_headers: {
    'Content-Type': 'application/json',
    'Idempotency-Key': `key-${id}`,
    'X-Gitlab-Event': 'Merge Request Hook',
    'X-Gitlab-Token': '[REDACTED]',
  },
  request_data: data,
  response_status: '500',
  created_at: createdAt,
})

const window = { from: new Date('2025-12-31T23:00:00Z'), to: new Date('2026-01-01T00:00:00Z') }
const place = '/projects/15/hooks/3'

test('lists what a hook sent, page by page, until it is older than the window', async () => {
  const full = Array.from({ length: 20 }, (_, at) => delivery(40 - at, '2025-12-31T23:30:00Z'))
  const { api, paths } = apiThat((path) =>
    path.endsWith('page=1') ? full : [delivery(20, '2025-12-31T23:00:00Z'), delivery(19, '2025-12-31T22:59:59Z')],
  )
  const first = await gitlab.listing.page(api, { ...window, place })
  assert.deepEqual([first.events.length, first.next], [20, '2'])
  const last = await gitlab.listing.page(api, { ...window, place, cursor: '2' })
  assert.deepEqual(
    last.events.map((event) => [event.id, event.type, event.handle]),
    [['key-20', 'merge_request.open', '20']],
  )
  assert.equal(last.next, undefined)
  assert.deepEqual(paths, [`${place}/events?per_page=20&page=1`, `${place}/events?per_page=20&page=2`])
})

test('a listed event is identified as its webhook is, and no credential is kept with it', async () => {
  const { api } = apiThat(() => [delivery(7, '2025-12-31T23:59:51Z')])
  const [event] = (await gitlab.listing.page(api, { ...window, place })).events
  assert.ok(event?.body !== undefined && event.headers !== undefined)
  assert.deepEqual(event.headers, { 'idempotency-key': 'key-7', 'x-gitlab-event': 'Merge Request Hook' })
  const [again] = gitlab.identify({ method: 'POST', url: '', headers: event.headers, body: event.body })
  assert.deepEqual(again, { ...identify(mergeRequest), id: 'key-7' })
})

test('what was too large to be kept has no body, and can be asked for again', async () => {
  const { api, paths } = apiThat(() => [delivery(7, '2025-12-31T23:59:51Z', { oversize: true })])
  const [event] = (await gitlab.listing.page(api, { ...window, place })).events
  assert.deepEqual([event?.type, event?.body], ['merge_request', undefined])
  await gitlab.listing.redeliver?.(api, event ?? assert.fail(), place)
  assert.equal(paths.at(-1), `${place}/events/7/resend`)
})

test('a list without a place, or without times, proves nothing', async () => {
  const { api } = apiThat(() => [{ ...delivery(7, ''), created_at: undefined }])
  await assert.rejects(gitlab.listing.page(api, { ...window }), /set api\.listing/)
  await assert.rejects(gitlab.listing.page(api, { ...window, place }), /without their time/)
})

test('warns of secrets that look wrong', () => {
  assert.equal(gitlab.checkSecret(SIGNING_TOKEN), undefined)
  assert.equal(gitlab.checkSecret(TOKEN), undefined)
  assert.match(gitlab.checkSecret('whsec_c2hvcnQ=') ?? '', /24 bytes/)
  assert.match(gitlab.checkSecret('short') ?? '', /16 characters/)
})
