import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signWebhookPayload, verifyWebhookSignature } from '@notionhq/client'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { VerificationError } from '../../src/domain/errors.ts'
import type { ProviderApi } from '../../src/providers/api.ts'
import { notion } from '../../src/providers/notion/index.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'

const TOKEN = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl'
const OLD_TOKEN = 'secret_00000000000000000000000000000000000000000'
const ID = '367cba44-b6f3-4c92-81e7-6a2e9659efd4'
const PAGE_ID = '153104cd-477e-809d-8dc4-ff2d96ae3090'

const updated = {
  id: ID,
  timestamp: '2025-12-31T23:59:50.577Z',
  workspace_id: '13950b26-c203-4f3b-b97d-93ec06319565',
  workspace_name: 'Quantify',
  subscription_id: '29d75c0d-5546-4414-8459-7b7a92f1fc4b',
  integration_id: '0ef2e755-4912-8096-91c1-00376a88a5ca',
  type: 'page.content_updated',
  authors: [{ id: 'c7c11cca-1d73-471d-9b6e-bdef51470190', type: 'person' }],
  accessible_by: [{ id: '556a1abf-4f08-40c6-878a-75890d2a88ba', type: 'person' }],
  attempt_number: 1,
  api_version: '2025-09-03',
  entity: { id: PAGE_ID, type: 'page' },
  data: {
    updated_blocks: [{ id: '153104cd-477e-80ec-95d4-dd9d11ecb6f5', type: 'block' }],
    parent: { id: '13950b26-c203-4f3b-b97d-93ec06319565', type: 'space' },
  },
}

providerConformance(notion, {
  body: Buffer.from(JSON.stringify(updated)),
  type: 'page.content_updated',
  id: ID,
  secrets: [TOKEN, OLD_TOKEN],
  signatureHeader: 'x-notion-signature',
  malformedSignatures: ['sha256', 'a'.repeat(64), `SHA256=${'a'.repeat(64)}`, `sha1=${'a'.repeat(40)}`],
  canonical: { entity: { kind: 'page', id: PAGE_ID }, path: `/v1/pages/${PAGE_ID}`, probePath: `/v1/pages/${PAGE_ID}` },
})

const requestOf = (body: object, secret = TOKEN): WebhookRequest => signedRequest(notion, { body, secret })

const withSignature = (request: WebhookRequest, signature: string): WebhookRequest => ({
  ...request,
  headers: { ...request.headers, 'x-notion-signature': signature },
})

const identify = (body: object) => notion.identify(requestOf(body))[0] ?? assert.fail('nothing was identified')

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

const accepts = (request: WebhookRequest): boolean => {
  try {
    return notion.verify(request, [TOKEN]).secretIndex === 0
  } catch (error) {
    assert.ok(error instanceof VerificationError)
    return false
  }
}

test('agrees with the official package on signatures good and bad, in letters of either case', async () => {
  const good = requestOf(updated)
  const signature = await signWebhookPayload({ body: good.body, verificationToken: TOKEN })
  assert.equal(good.headers['x-notion-signature'], signature)
  const hex = signature.slice('sha256='.length)
  const cases: [WebhookRequest, boolean][] = [
    [good, true],
    [withSignature(good, `sha256=${hex.toUpperCase()}`), true],
    [withSignature(good, `SHA256=${hex}`), false],
    [withSignature(good, hex), false],
    [withSignature(good, `${signature}0`), false],
    [requestOf(updated, OLD_TOKEN), false],
    [{ ...good, body: Buffer.concat([good.body, Buffer.from(' ')]) }, false],
  ]
  for (const [request, isGood] of cases) {
    const { body, headers } = request
    const official = { body, signature: headers['x-notion-signature'] ?? '', verificationToken: TOKEN }
    assert.equal(await verifyWebhookSignature(official), isGood)
    assert.equal(accepts(request), isGood)
  }
})

test('a token that comes with a new subscription is refused until it is the secret, and then no event', () => {
  const first = requestOf({ verification_token: TOKEN }, TOKEN)
  assert.throws(() => notion.verify(first, [OLD_TOKEN]), refusedAs('invalid_signature'))
  assert.throws(() => notion.verify(first, []), refusedAs('invalid_signature'))
  assert.deepEqual(notion.verify(first, [OLD_TOKEN, TOKEN]), { secretIndex: 1 })
  assert.deepEqual(notion.handshake(first), { status: 200, contentType: 'text/plain', body: '' })
  for (const body of [updated, { ...updated, verification_token: TOKEN }, {}])
    assert.equal(notion.handshake(requestOf(body)), undefined)
  assert.equal(notion.handshake({ ...first, body: Buffer.from('{') }), undefined)
})

test('reads the envelope, the same for every attempt', () => {
  assert.deepEqual(identify(updated), {
    id: ID,
    type: 'page.content_updated',
    entity: { kind: 'page', id: PAGE_ID },
    occurredAt: new Date('2025-12-31T23:59:50.577Z'),
    apiVersion: '2025-09-03',
    account: '13950b26-c203-4f3b-b97d-93ec06319565',
  })
  assert.deepEqual(identify({ ...updated, attempt_number: 4 }), identify(updated))
  assert.equal(identify({ ...updated, type: 'page.deleted' }).deletes, true)
  const transcript = identify({ ...updated, type: 'page.transcription_block.transcript_deleted' })
  assert.equal(transcript.deletes, undefined)
  assert.equal(identify({ ...updated, entity: { type: 'page' } }).entity, undefined)
  assert.throws(() => identify({ id: ID }), refusedAs('malformed_body'))
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, body: object) =>
    notion.schemas[type]?.safeParse(body).error?.issues.map(({ path }) => path.join('.'))
  const moved = {
    ...updated,
    type: 'database.moved',
    entity: { id: 'd1', type: 'block' },
    data: { parent: updated.data.parent },
  }
  assert.equal(issues('database.moved', moved), undefined)
  assert.deepEqual(issues('page.properties_updated', updated), ['data.updated_properties'])
  assert.deepEqual(issues('comment.created', updated), ['entity.type', 'data.page_id'])
})

test('pins the version of the API, and asks for each kind where it stands', async () => {
  assert.deepEqual(notion.canonical.authorize('ntn_x'), {
    authorization: 'Bearer ntn_x',
    'notion-version': '2025-09-03',
  })
  const paths: string[] = []
  const api: ProviderApi = {
    get: (path) => {
      paths.push(path)
      return Promise.resolve({ status: 200, headers: new Headers(), json: {} })
    },
    post: () => assert.fail('nothing is posted'),
  }
  for (const kind of ['data_source', 'database', 'comment']) await notion.canonical.fetch(api, { kind, id: 'a/b' })
  assert.deepEqual(paths, ['/v1/data_sources/a%2Fb', '/v1/databases/a%2Fb', '/v1/comments/a%2Fb'])
})

test('lists what is shared by search, page by page', async () => {
  const asked: unknown[] = []
  const edited = '2025-12-31T23:59:00.000Z'
  const api: ProviderApi = {
    post: (path, json) => {
      asked.push([path, json])
      const results = [{ object: 'page', id: PAGE_ID, last_edited_time: edited, properties: {} }, null]
      const isFirst = asked.length === 1
      const page = { results, has_more: isFirst, next_cursor: isFirst ? 'c1' : null }
      return Promise.resolve({ status: 200, headers: new Headers(), json: page })
    },
    get: () => assert.fail('nothing is got'),
  }
  const first = await notion.entityListing.page(api, { kind: 'page' })
  const state = { id: PAGE_ID, last_edited_time: edited }
  assert.deepEqual(first, {
    entities: [{ entity: { kind: 'page', id: PAGE_ID }, state, changedAt: new Date(edited) }],
    next: 'c1',
  })
  const last = await notion.entityListing.page(api, { kind: 'page', cursor: 'c1' })
  assert.equal(last.next, undefined)
  const query = {
    filter: { property: 'object', value: 'page' },
    sort: { timestamp: 'last_edited_time', direction: 'descending' },
    page_size: 100,
  }
  assert.deepEqual(asked, [
    ['/v1/search', query],
    ['/v1/search', { ...query, start_cursor: 'c1' }],
  ])
  await assert.rejects(notion.entityListing.page(api, { kind: 'comment' }), /lists no comment/)
})

test('warns of a token of the API in the place of the verification token', () => {
  assert.equal(notion.checkSecret(TOKEN), undefined)
  assert.match(notion.checkSecret('ntn_0123456789abcdefghijklmnop') ?? '', /verification token/)
  assert.match(notion.checkSecret('whsec_0123456789abcdefghijklmnop') ?? '', /secret_/)
})
