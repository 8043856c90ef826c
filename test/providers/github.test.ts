import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign as octokitSign, verify as octokitVerify } from '@octokit/webhooks-methods'
import { VerificationError } from 'posthorn/provider'
import { signedRequest } from 'posthorn/testing'
import type { IdentifiedEvent, WebhookRequest } from '../../src/providers/provider.ts'
import { github } from '../../src/providers/github/index.ts'
import { payloadOf } from '../../src/providers/payload.ts'
import { githubExamples, type GithubExample } from './github-examples.ts'

const SECRET = "It's a Secret to Everybody"

const exampleOf = (event: string, action?: string): GithubExample['body'] => {
  const found = githubExamples.find((example) => example.event === event && (!action || example.body.action === action))
  return found?.body ?? assert.fail(`no example of ${event}`)
}

const requestOf = (event: string, body: object): WebhookRequest =>
  signedRequest(github, { body, secret: SECRET, type: event })

function identify(event: string, body: object): IdentifiedEvent {
  const [identified] = github.identify(requestOf(event, body))
  return identified ?? assert.fail('nothing was identified')
}

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

test('verifies the example of the GitHub documentation', () => {
  const body = Buffer.from('Hello, World!')
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
  const request = { method: 'POST', url: '', headers: { 'x-hub-signature-256': signature }, body }
  assert.deepEqual(github.verify(request, [SECRET]), { secretIndex: 0 })
  assert.equal(github.sign(body, SECRET, { now: 0, url: '', id: 'x' })['x-hub-signature-256'], signature)
})

test('verifies what the official package signs, and is verified by it', async () => {
  for (const { event, body } of githubExamples.slice(0, 40)) {
    const request = requestOf(event, body)
    const text = request.body.toString()
    const theirs = { ...request, headers: { 'x-hub-signature-256': await octokitSign(SECRET, text) } }
    assert.deepEqual(github.verify(theirs, [SECRET]), { secretIndex: 0 })
    assert.equal(await octokitVerify(SECRET, text, request.headers['x-hub-signature-256'] ?? ''), true)
    assert.equal(await octokitVerify(`${SECRET}!`, text, request.headers['x-hub-signature-256'] ?? ''), false)
  }
})

test('refuses upper-case hex, as GitHub and its package do', () => {
  const request = requestOf('push', exampleOf('push'))
  const [prefix = '', hex = ''] = (request.headers['x-hub-signature-256'] ?? '').split('=')
  const shouting = { ...request, headers: { 'x-hub-signature-256': `${prefix}=${hex.toUpperCase()}` } }
  assert.throws(() => github.verify(shouting, [SECRET]), refusedAs('invalid_signature'))
})

test('never takes the SHA-1 signature for proof', () => {
  const request = requestOf('push', exampleOf('push'))
  const sha1 = request.headers['x-hub-signature'] ?? ''
  assert.match(sha1, /^sha1=[0-9a-f]{40}$/)
  const old = { ...request, headers: { 'x-hub-signature': sha1 } }
  assert.throws(() => github.verify(old, [SECRET]), refusedAs('missing_signature'))
})

test('identifies every published payload under its own name', () => {
  assert.ok(githubExamples.length > 400, `only ${githubExamples.length} examples`)
  for (const { event, body } of githubExamples) {
    const request = requestOf(event, body)
    const [identified, ...others] = github.identify(request)
    assert.equal(identified?.type, body.action === undefined ? event : `${event}.${body.action}`)
    assert.equal(identified.id, request.headers['x-github-delivery'])
    assert.deepEqual(others, [])
    assert.equal(identified.occurredAt, undefined)
  }
})

const EVENTS = [...new Set(githubExamples.map(({ event }) => event))]

/** The names under which a body passes. */
const identifiable = (body: object): string[] =>
  EVENTS.filter((event) => {
    try {
      return github.identify(requestOf(event, body)).length === 1
    } catch (error) {
      assert.ok(refusedAs('type_mismatch')(error), String(error))
      return false
    }
  })

/** Names that nothing in the body of an event tells from its own. */
const TWINS: Readonly<Record<string, readonly string[]>> = {
  dependabot_alert: ['repository_vulnerability_alert', 'secret_scanning_alert'],
  organization: ['installation'],
  repository_vulnerability_alert: ['dependabot_alert', 'secret_scanning_alert'],
  secret_scanning_alert: ['dependabot_alert', 'repository_vulnerability_alert'],
  watch: ['repository'],
}
/** Not in our table, so nothing is known against them. */
const UNCHECKED = ['cache_sync', 'content_reference', 'enterprise', 'user']

test('refuses a published payload under the name of any other event', () => {
  const seen = new Set<string>()
  for (const { event, body } of githubExamples) {
    const shape = `${event} ${Object.keys(body).sort().join()}`
    if (UNCHECKED.includes(event) || seen.has(shape)) continue
    seen.add(shape)
    const allowed = new Set([event, ...UNCHECKED, ...(TWINS[event] ?? [])])
    const strangers = identifiable(body).filter((name) => !allowed.has(name))
    assert.deepEqual(strangers, [], shape)
  }
})

test('lets an event pass that it has never heard of', () => {
  const { type } = identify('sub_issues', { action: 'sub_issue_added', sub_issue: {}, repository: {} })
  assert.equal(type, 'sub_issues.sub_issue_added')
})

test('lets unknown fields pass in an event that it knows', () => {
  assert.equal(identify('push', { ...exampleOf('push'), a_field_of_the_future: 1 }).type, 'push')
})

test('refuses a request that names no event, or something that is no name', () => {
  const request = requestOf('push', exampleOf('push'))
  assert.throws(() => github.identify({ ...request, headers: {} }), refusedAs('malformed_request'))
  for (const name of ['', 'push, push', 'issues.opened', '../push', 'Push']) {
    const renamed = { ...request, headers: { ...request.headers, 'x-github-event': name } }
    assert.throws(() => github.identify(renamed), refusedAs('malformed_request'))
  }
})

test('treats a ping as an ordinary event', () => {
  assert.equal(identify('ping', exampleOf('ping')).type, 'ping')
})

test('says what an event is about', () => {
  const about = (event: string, action?: string) => identify(event, exampleOf(event, action)).entity
  const repository = 'Codertocat/Hello-World'
  assert.deepEqual(about('issues', 'edited'), { kind: 'issue', id: `${repository}/1` })
  assert.deepEqual(about('issue_comment', 'created'), { kind: 'issue_comment', id: `${repository}/492700400` })
  assert.deepEqual(about('pull_request', 'opened'), { kind: 'pull_request', id: `${repository}/2` })
  assert.deepEqual(about('pull_request_review'), { kind: 'pull_request_review', id: `${repository}/2/237895671` })
  assert.deepEqual(about('push'), { kind: 'ref', id: `${repository}/tags/simple-tag` })
  assert.deepEqual(about('create'), { kind: 'ref', id: `${repository}/tags/simple-tag` })
  assert.deepEqual(about('check_run', 'created'), { kind: 'check_run', id: `${repository}/128620228` })
  assert.deepEqual(about('status'), { kind: 'commit', id: `${repository}/6113728f27ae82c7b1a177c8d03f9e96e0adf246` })
  assert.deepEqual(about('repository', 'publicized'), { kind: 'repository', id: repository })
  assert.deepEqual(about('workflow_run', 'requested'), { kind: 'workflow_run', id: 'octo-org/octo-repo/289782451' })
  assert.equal(about('workflow_job')?.kind, 'workflow_job')
  assert.equal(about('deployment_review')?.kind, 'workflow_run')
  assert.deepEqual(about('deployment'), { kind: 'deployment', id: `${repository}/145988746` })
  assert.deepEqual(about('deployment_status'), {
    kind: 'deployment_status',
    id: `${repository}/145988746/209916254`,
  })
  const rule = { action: 'requested', deployment: { id: 5 }, repository: { full_name: 'o/r' } }
  assert.deepEqual(identify('deployment_protection_rule', rule).entity, { kind: 'deployment', id: 'o/r/5' })
  assert.deepEqual(about('check_suite', 'requested'), { kind: 'check_suite', id: `${repository}/118578174` })
  assert.equal(about('security_advisory'), undefined)
})

test('says that an entity is gone only where the event ends that very entity', () => {
  const deletes = (event: string, action: string) => identify(event, exampleOf(event, action)).deletes
  assert.equal(deletes('issues', 'deleted'), true)
  assert.equal(deletes('release', 'deleted'), true)
  assert.equal(deletes('issues', 'transferred'), undefined)
  assert.equal(deletes('star', 'deleted'), undefined)
  assert.equal(identify('delete', exampleOf('delete')).deletes, true)
  assert.equal(identify('push', { ...exampleOf('push'), deleted: true }).deletes, true)
  assert.equal(identify('push', { ...exampleOf('push'), deleted: false }).deletes, undefined)
})

test('names the account that owns the repository, or the organisation', () => {
  assert.equal(identify('push', exampleOf('push')).account, 'Codertocat')
  const renamed = { action: 'renamed', organization: { login: 'octo-org' }, sender: {} }
  assert.equal(identify('organization', renamed).account, 'octo-org')
})

test('reads a form as it reads JSON, and verifies the form as sent', () => {
  const issue = { ...exampleOf('issues', 'edited'), note: 'ünï + code & 100 %' }
  const form = Buffer.from(`payload=${encodeURIComponent(JSON.stringify(issue)).replaceAll('%20', '+')}`)
  const request = signedRequest(github, { body: form, secret: SECRET, type: 'issues' })
  assert.deepEqual(github.verify(request, [SECRET]), { secretIndex: 0 })
  assert.equal(github.identify(request)[0]?.type, 'issues.edited')
  assert.deepEqual(payloadOf(github, form), issue)
  assert.ok(github.contentTypes.includes('application/x-www-form-urlencoded'))
})

test('refuses a form that holds no JSON, or none in UTF-8', () => {
  for (const text of ['payload=', 'payload=%7B', 'payload=%FF', 'payload=%', 'payload=1&payload={}', 'other={}']) {
    const request = signedRequest(github, { body: Buffer.from(text), secret: SECRET, type: 'issues' })
    assert.throws(() => github.identify(request), refusedAs('malformed_body'), text)
  }
})

test('names the event in the header from the type, or from a body that can be no other', () => {
  const headerOf = (body: object, type?: string) =>
    signedRequest(github, { body, secret: SECRET, ...(type !== undefined && { type }) }).headers['x-github-event']
  assert.equal(headerOf({}, 'issues.opened'), 'issues')
  assert.equal(headerOf(exampleOf('issues')), 'issues')
  assert.equal(headerOf(exampleOf('push')), 'push')
  assert.equal(headerOf({ unheard: 'of' }), undefined)
})

test('has schemas that every published payload fits', () => {
  let checked = 0
  for (const { event, body } of githubExamples) {
    const type = body.action === undefined ? event : `${event}.${body.action}`
    const schema: { safeParse(value: unknown): { error?: unknown } } | undefined = github.schemas[type]
    if (schema === undefined) continue
    checked++
    assert.equal(schema.safeParse(body).error, undefined, `${type}: ${JSON.stringify(schema.safeParse(body).error)}`)
  }
  assert.ok(checked > 200, `only ${checked} payloads have a schema`)
})

test('has schemas that name what is missing or of the wrong type', () => {
  const body = exampleOf('issues', 'edited')
  const issues = (value: object) =>
    github.schemas['issues.edited']?.safeParse(value).error?.issues.map(({ path }) => path.join('.'))
  assert.deepEqual(issues({ ...body, issue: { ...(body['issue'] as object), number: '1' } }), ['issue.number'])
  assert.deepEqual(issues({ ...body, repository: undefined }), ['repository'])
})

test('reads each kind of entity where the API has it', async () => {
  const paths: Record<string, string> = {
    'check_run o/r/4': '/repos/o/r/check-runs/4',
    'commit o/r/abc': '/repos/o/r/commits/abc',
    'deployment_status o/r/1/2': '/repos/o/r/deployments/1/statuses/2',
    'label o/r/good first/issue?': '/repos/o/r/labels/good%20first%2Fissue%3F',
    'pull_request o/r/12': '/repos/o/r/pulls/12',
    'pull_request_review o/r/12/80': '/repos/o/r/pulls/12/reviews/80',
    'ref o/r/heads/feature/x y': '/repos/o/r/git/ref/heads/feature/x%20y',
    'repository o/r': '/repos/o/r',
    'check_suite o/r/4': '/repos/o/r/check-suites/4',
    'deployment o/r/1': '/repos/o/r/deployments/1',
    'workflow_job o/r/5': '/repos/o/r/actions/jobs/5',
    'workflow_run o/r/6': '/repos/o/r/actions/runs/6',
  }
  for (const [entity, path] of Object.entries(paths)) {
    const [, kind = '', id = ''] = /^(\w+) (.*)$/.exec(entity) ?? []
    const asked: string[] = []
    const api = {
      get: (asking: string) => {
        asked.push(asking)
        return Promise.resolve({ status: 200, headers: new Headers(), json: {} })
      },
    }
    await github.canonical.fetch({ ...readsOnly, ...api }, { kind, id })
    assert.deepEqual(asked, [path])
  }
})

const readsOnly = { post: () => Promise.reject(new Error('a canonical read posts nothing')) }

test('names no probe for a repository but itself, since nothing else tells a lost permission from a deletion', async () => {
  const api = { ...readsOnly, get: () => Promise.resolve({ status: 404, headers: new Headers(), json: undefined }) }
  await assert.rejects(github.canonical.probe(api, { kind: 'repository', id: 'o/r' }), {
    name: 'ApiError',
    status: 404,
  })
})

test('warns of a secret that is short or has whitespace around it', () => {
  assert.equal(github.checkSecret(SECRET), undefined)
  assert.match(github.checkSecret(`${SECRET}\n`) ?? '', /whitespace/)
  assert.match(github.checkSecret('hunter2') ?? '', /shorter/)
})
