import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VerificationError } from 'posthorn/provider'
import { providerConformance, signedRequest } from 'posthorn/testing'
import type { ProviderApi } from '../../src/providers/api.ts'
import { circleci } from '../../src/providers/circleci/index.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'

const SECRET = 'the secret token of the hook'
const OLD_SECRET = 'another secret token of some length'
const ID = '3888f21b-eaa7-38e3-8f3d-75a63bba8895'

const shared = {
  happened_at: '2025-12-31T23:59:50.123Z',
  webhook: { id: 'cf8c4fdd-0587-4da1-b4ca-4846e9640af9', name: 'Posthorn' },
  project: { id: '84996744-a854-4f5e-aea3-04e2851dc1d2', name: 'shop', slug: 'gh/acme/shop' },
  organization: { id: 'f22b6566-597d-46d5-ba74-99ef5bb3d85c', name: 'acme' },
  workflow: {
    id: 'fda08377-fe7e-46b1-8992-3a7aaecac9c3',
    name: 'build-test-deploy',
    created_at: '2025-12-31T23:50:00.000Z',
    url: 'https://app.circleci.com/pipelines/github/acme/shop/130/workflows/fda08377',
  },
  pipeline: { id: '1285fe1d-d3a6-44fc-8886-8979558254c4', number: 130, created_at: '2025-12-31T23:49:00.000Z' },
}
const workflowCompleted = {
  ...shared,
  id: ID,
  type: 'workflow-completed',
  workflow: { ...shared.workflow, status: 'success', stopped_at: '2025-12-31T23:59:49.000Z' },
}
const jobCompleted = {
  ...shared,
  id: '8bd71c28-4969-3677-8940-3e3a61c46660',
  type: 'job-completed',
  job: { id: '8b91f9a8-7975-4e60-916c-f0152ccb3da4', name: 'test', number: 136, status: 'failed' },
}

providerConformance(circleci, {
  body: Buffer.from(JSON.stringify(workflowCompleted)),
  type: 'workflow-completed',
  id: ID,
  secrets: [SECRET, OLD_SECRET],
  signatureHeader: 'circleci-signature',
  malformedSignatures: ['v1', 'v1=,', `v2=${'a'.repeat(64)}`, `V1=${'a'.repeat(64)}`, 'a'.repeat(64)],
  canonical: {
    entity: { kind: 'workflow', id: `gh/acme/shop/${shared.workflow.id}` },
    path: `/api/v2/workflow/${shared.workflow.id}`,
    probePath: '/api/v2/project/gh/acme/shop',
  },
})

const requestOf = (body: object, type?: string): WebhookRequest =>
  signedRequest(circleci, { body, secret: SECRET, id: ID, ...(type !== undefined && { type }) })

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

/** CircleCI's documentation works them out. */
const PUBLISHED: readonly (readonly [body: string, secret: string, signature: string])[] = [
  ['hello world', 'secret', '734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a'],
  ['lalala', 'another-secret', 'daa220016c8f29a8b214fbfc3671aeec2145cfb1e6790184ffb38b6d0425fa00'],
  ['an-important-request-payload', 'hunter123', '9be2242094a9a8c00c64306f382a7f9d691de910b4a266f67bd314ef18ac49fa'],
]

test('verifies the published examples, and signs them alike', () => {
  for (const [text, secret, hex] of PUBLISHED) {
    const body = Buffer.from(text)
    const headers = { 'circleci-signature': `v1=${hex}` }
    assert.deepEqual(circleci.verify({ method: 'POST', url: '', headers, body }, [secret]), { secretIndex: 0 })
    assert.equal(circleci.sign(body, secret, { now: 0, url: '', id: ID })['circleci-signature'], `v1=${hex}`)
  }
})

test('passes over versions that it does not know, and judges by the one that it does', () => {
  const request = requestOf(workflowCompleted)
  const v1 = request.headers['circleci-signature'] ?? ''
  const withSignature = (signature: string) => ({ ...request, headers: { 'circleci-signature': signature } })
  for (const signature of [`${v1},v2=abc`, `v2=${'0'.repeat(64)},${v1},v3=x`]) {
    assert.deepEqual(circleci.verify(withSignature(signature), [SECRET]), { secretIndex: 0 })
  }
  const unknown = withSignature(v1.replace('v1', 'v2'))
  assert.throws(() => circleci.verify(unknown, [SECRET]), refusedAs('invalid_signature'))
})

test('identifies workflows and jobs below their project', () => {
  assert.deepEqual(circleci.identify(requestOf(workflowCompleted)), [
    {
      id: ID,
      type: 'workflow-completed',
      entity: { kind: 'workflow', id: `gh/acme/shop/${shared.workflow.id}` },
      occurredAt: new Date('2025-12-31T23:59:50.123Z'),
      account: 'acme',
    },
  ])
  const [job] = circleci.identify(requestOf(jobCompleted))
  assert.deepEqual([job?.type, job?.entity], ['job-completed', { kind: 'job', id: 'gh/acme/shop/136' }])
})

test('a ping is an event without anything that it is about', () => {
  const { happened_at, webhook } = shared
  const [ping] = circleci.identify(requestOf({ id: ID, type: 'ping', happened_at, webhook }))
  assert.deepEqual(ping, { id: ID, type: 'ping', occurredAt: new Date(happened_at) })
})

test('a header that contradicts the body is a mismatch, and one that is missing is none', () => {
  assert.throws(() => circleci.identify(requestOf(jobCompleted, 'workflow-completed')), refusedAs('type_mismatch'))
  assert.equal(circleci.identify({ ...requestOf(jobCompleted), headers: {} })[0]?.type, 'job-completed')
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, body: object) =>
    circleci.schemas[type]?.safeParse(body).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('workflow-completed', workflowCompleted), undefined)
  assert.equal(issues('job-completed', jobCompleted), undefined)
  assert.deepEqual(issues('job-completed', { ...jobCompleted, job: { ...jobCompleted.job, number: '136' } }), [
    'job.number',
  ])
})

/** Answers by path, and nothing else. */
function apiOf(answers: Record<string, unknown>): { api: ProviderApi; paths: string[] } {
  const paths: string[] = []
  const get = (path: string) => {
    paths.push(path)
    return Promise.resolve({ status: path in answers ? 200 : 404, headers: new Headers(), json: answers[path] })
  }
  return { api: { get, post: () => assert.fail('nothing is posted') }, paths }
}

test('reads a job by its number', async () => {
  const path = '/api/v2/project/gh/acme/shop/job/136'
  const { api } = apiOf({ [path]: { number: 136, status: 'failed' } })
  const read = await circleci.canonical.fetch(api, { kind: 'job', id: 'gh/acme/shop/136' })
  assert.deepEqual(read, { found: true, state: { number: 136, status: 'failed' } })
})

test('lists the workflows of every pipeline of a project, a call for each page', async () => {
  const workflow = (id: string, status: string) => ({ id, status, stopped_at: null, project_slug: 'gh/acme/shop' })
  const place = '/api/v2/project/gh/acme/shop'
  const answers = {
    [`${place}/pipeline`]: { items: [{ id: 'p2' }, { id: 'gone' }, { id: 'p1' }], next_page_token: 'o/der+' },
    '/api/v2/pipeline/p2/workflow': { items: [workflow('w3', 'running')], next_page_token: 'm re' },
    '/api/v2/pipeline/p2/workflow?page-token=m%20re': { items: [workflow('w2', 'success'), { odd: true }] },
    '/api/v2/pipeline/p1/workflow': { items: [], next_page_token: null },
    [`${place}/pipeline?page-token=o%2Fder%2B`]: { items: [{ id: 'p0' }], next_page_token: null },
    '/api/v2/pipeline/p0/workflow': {
      items: [{ ...workflow('w1', 'failed'), stopped_at: '2025-12-31T23:59:50Z' }],
      next_page_token: null,
    },
  }
  const { api, paths } = apiOf(answers)
  const entities: unknown[] = []
  let cursor: string | undefined
  for (let calls = 1; calls === 1 || cursor !== undefined; calls += 1) {
    const page = await circleci.entityListing.page(api, { kind: 'workflow', place, ...(cursor && { cursor }) })
    assert.equal(paths.length, calls)
    entities.push(...page.entities)
    cursor = page.next
  }
  assert.deepEqual(
    entities,
    [
      { id: 'w3', status: 'running', stopped_at: null },
      { id: 'w2', status: 'success', stopped_at: null },
      { id: 'w1', status: 'failed', stopped_at: '2025-12-31T23:59:50Z' },
    ].map((state) => ({
      entity: { kind: 'workflow', id: `gh/acme/shop/${state.id}` },
      state,
      changedAt: state.stopped_at === null ? undefined : new Date(state.stopped_at),
      createdAt: undefined,
    })),
  )
  assert.deepEqual(
    paths.filter((path) => !path.includes('gone')),
    Object.keys(answers),
  )
})

test('lists nothing without a project, and nothing but workflows', async () => {
  const { api, paths } = apiOf({})
  const place = '/api/v2/project/gh/acme/shop'
  await assert.rejects(circleci.entityListing.page(api, { kind: 'workflow' }), /set api\.listing/)
  await assert.rejects(circleci.entityListing.page(api, { kind: 'job', place }), /lists no job/)
  assert.deepEqual(paths, [])
  await assert.rejects(circleci.entityListing.page(api, { kind: 'workflow', place }), /answered 404/)
})

test('warns of a short secret', () => {
  assert.equal(circleci.checkSecret(SECRET), undefined)
  assert.match(circleci.checkSecret('short') ?? '', /16 characters/)
})
