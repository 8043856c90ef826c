import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifySlackRequest } from '@slack/bolt'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { VerificationError } from '../../src/domain/errors.ts'
import { ApiError, type ProviderApi } from '../../src/providers/api.ts'
import { payloadOf } from '../../src/providers/payload.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'
import { slack } from '../../src/providers/slack/index.ts'

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5'
const OLD_SECRET = '00000000000000000000000000000000'
const NOW = 1_767_225_600

/** The request that Slack's documentation works out. */
const PUBLISHED = {
  time: 1_531_420_618,
  body:
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V' +
    '&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=' +
    '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
    '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
}

const eventOf = (event: object) => ({
  token: 'legacy',
  team_id: 'T061EG9R6',
  api_app_id: 'A0FFV41KK',
  event,
  type: 'event_callback',
  event_id: 'Ev9UQ52YNA',
  event_time: NOW - 10,
})
const posted = {
  type: 'message',
  channel: 'C061EG9SL',
  user: 'U061F7AUR',
  text: 'Hello',
  ts: '1767225590.000100',
  event_ts: '1767225590.000100',
  channel_type: 'channel',
}
const message = eventOf(posted)
const interaction = {
  type: 'block_actions',
  team: { id: 'T061EG9R6', domain: 'site' },
  user: { id: 'U061F7AUR', team_id: 'T061EG9R6' },
  trigger_id: '12466734323.1395872398',
  response_url: 'https://hooks.slack.com/actions/T061EG9R6/1/x',
  actions: [{ type: 'button', action_id: 'approve', value: '1', action_ts: '1767225590.42' }],
}
const form = (fields: Record<string, string>) => Buffer.from(new URLSearchParams(fields).toString())
const interactive = (payload: object) => form({ payload: JSON.stringify(payload) })

const time = {
  tolerance: 300,
  replace: (headers: Readonly<Record<string, string>>, text: string) => ({
    ...headers,
    'x-slack-request-timestamp': text,
  }),
}
const common = {
  secrets: [SECRET, OLD_SECRET] as const,
  signatureHeader: 'x-slack-signature',
  requiredHeaders: ['x-slack-request-timestamp'],
  malformedSignatures: ['v0', 'v0=', `v1=${'a'.repeat(64)}`, 'a'.repeat(64), `V0=${'a'.repeat(64)}`],
  time,
}

providerConformance(slack, {
  ...common,
  body: Buffer.from(JSON.stringify(message)),
  type: 'message',
  id: 'Ev9UQ52YNA',
})

providerConformance(slack, {
  ...common,
  wire: 'form',
  body: Buffer.from(PUBLISHED.body),
  type: 'slash_command.webhook-collect',
  id: '398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
})

const requestOf = (body: object | Buffer, secret = SECRET, now = NOW): WebhookRequest =>
  signedRequest(slack, { body, secret, now })

const identify = (body: object | Buffer) => slack.identify(requestOf(body))[0] ?? assert.fail('nothing was identified')

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

const official = ({ headers, body }: WebhookRequest, now = NOW) => {
  verifySlackRequest({
    signingSecret: SECRET,
    body: body.toString(),
    headers: headers as { 'x-slack-signature': string; 'x-slack-request-timestamp': number } & Record<string, never>,
    nowMilliseconds: now * 1000,
  })
}

test('verifies and signs the request of the documentation', () => {
  const { 'x-slack-signature': signature } = requestOf(Buffer.from(PUBLISHED.body), SECRET, PUBLISHED.time).headers
  assert.equal(signature, PUBLISHED.signature)
  const request = {
    ...requestOf(Buffer.from(PUBLISHED.body)),
    headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': String(PUBLISHED.time) },
  }
  assert.deepEqual(slack.verify(request, [SECRET], PUBLISHED.time), { secretIndex: 0 })
})

test('is verified by the official package, and refuses what it refuses', () => {
  for (const body of [message, Buffer.from(PUBLISHED.body), interactive(interaction)]) {
    assert.doesNotThrow(() => official(requestOf(body)))
  }
  const good = requestOf(message)
  const bad: [WebhookRequest, number, string][] = [
    [requestOf(message, OLD_SECRET), NOW, 'invalid_signature'],
    [{ ...good, body: Buffer.concat([good.body, Buffer.from(' ')]) }, NOW, 'invalid_signature'],
    [good, NOW + 301, 'stale_timestamp'],
    [{ ...good, headers: time.replace(good.headers, String(NOW + 1)) }, NOW, 'invalid_signature'],
  ]
  for (const [request, now, code] of bad) {
    assert.throws(() => official(request, now))
    assert.throws(() => slack.verify(request, [SECRET], now), refusedAs(code))
  }
})

test('answers the challenge of a URL, and nothing to the look at a certificate', () => {
  const challenge = { token: 'legacy', challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY', type: 'url_verification' }
  const answer = { status: 200, contentType: 'text/plain' }
  assert.deepEqual(slack.handshake(requestOf(challenge)), { ...answer, body: challenge.challenge })
  assert.deepEqual(slack.handshake(requestOf(form({ ssl_check: '1', token: 'legacy' }))), { ...answer, body: '' })
  for (const body of [
    message,
    Buffer.from(PUBLISHED.body),
    interactive(interaction),
    Buffer.from('{'),
    Buffer.alloc(0),
  ])
    assert.equal(slack.handshake(requestOf(body)), undefined)
})

test('identifies events by their inner type, and what they are about', () => {
  assert.deepEqual(identify(message), {
    id: 'Ev9UQ52YNA',
    type: 'message',
    entity: { kind: 'message', id: 'C061EG9SL/1767225590.000100' },
    occurredAt: new Date('2025-12-31T23:59:50Z'),
    account: 'T061EG9R6',
  })
  const of = (event: object) => {
    const { type, entity, deletes } = identify(eventOf(event))
    return [type, entity && `${entity.kind} ${entity.id}`, deletes]
  }
  const edited = { ...posted, subtype: 'message_changed', ts: '9.1', message: { ts: '1767225590.000100' } }
  assert.deepEqual(of(edited), ['message.message_changed', 'message C061EG9SL/1767225590.000100', undefined])
  const deleted = { type: 'message', subtype: 'message_deleted', channel: 'C1', ts: '9.1', deleted_ts: '8.1' }
  assert.deepEqual(of(deleted), ['message.message_deleted', 'message C1/8.1', true])
  const item = { type: 'message', channel: 'C1', ts: '8.1' }
  assert.deepEqual(of({ type: 'reaction_added', user: 'U1', item }), ['reaction_added', 'message C1/8.1', undefined])
  assert.deepEqual(of({ type: 'channel_created', channel: { id: 'C2' } }), ['channel_created', 'channel C2', undefined])
  assert.deepEqual(of({ type: 'channel_deleted', channel: 'C2' }), ['channel_deleted', 'channel C2', true])
  assert.deepEqual(of({ type: 'member_left_channel', channel: 'C2', user: 'U1' })[1], 'channel C2')
  assert.deepEqual(of({ type: 'team_join', user: { id: 'U2' } }), ['team_join', 'user U2', undefined])
  assert.deepEqual(of({ type: 'file_deleted', file_id: 'F1' }), ['file_deleted', 'file F1', true])
  assert.deepEqual(of({ type: 'tokens_revoked', tokens: {} }), ['tokens_revoked', undefined, undefined])
  assert.throws(() => of({}), refusedAs('malformed_body'))
})

test('identifies commands and interactions by what triggered them', () => {
  assert.deepEqual(identify(Buffer.from(PUBLISHED.body)).account, 'T1DC2JH3J')
  assert.equal(identify(form({ command: '/wetter für heute', trigger_id: 't' })).type, 'slash_command')
  assert.deepEqual(identify(interactive(interaction)), {
    id: '12466734323.1395872398',
    type: 'block_actions',
    account: 'T061EG9R6',
  })
  const closed = { type: 'view_closed', user: { team_id: 'T1' }, view: { id: 'V1', hash: '156.x' } }
  assert.deepEqual(identify(interactive(closed)), { id: 'view_closed:V1:156.x', type: 'view_closed', account: 'T1' })
  const limited = { type: 'app_rate_limited', team_id: 'T1', api_app_id: 'A1', minute_rate_limited: NOW }
  assert.equal(identify(limited).id, `app_rate_limited:T1:A1:${NOW}`)
  for (const body of [form({ a: 'b' }), form({ payload: '{' }), form({ payload: '[]' }), Buffer.from('a=%ff')])
    assert.throws(() => identify(body), refusedAs('malformed_body'))
})

test('shows handlers the interaction itself, and a command by its fields', () => {
  assert.deepEqual(payloadOf(slack, interactive(interaction)), interaction)
  assert.deepEqual(
    payloadOf(slack, Buffer.from(PUBLISHED.body)),
    Object.fromEntries(new URLSearchParams(PUBLISHED.body)),
  )
  assert.deepEqual(payloadOf(slack, Buffer.from(JSON.stringify(message))), message)
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, body: unknown) =>
    slack.schemas[type]?.safeParse(body).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('message', message), undefined)
  assert.equal(issues('block_actions', interaction), undefined)
  assert.equal(issues('slash_command', payloadOf(slack, Buffer.from(PUBLISHED.body))), undefined)
  assert.deepEqual(issues('app_mention', eventOf({ type: 'app_mention', channel: 'C1', user: 'U1', ts: 'now' })), [
    'event.ts',
    'event.text',
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

const entity = { kind: 'message', id: 'C061EG9SL/1767225590.000100' }

test('reads a message, be it a reply or not, by its time', async () => {
  const { api, paths } = apiThat(() => ({
    ok: true,
    messages: [{ ts: '1.0' }, { ts: '1767225590.000100', text: 'Hello' }],
  }))
  assert.deepEqual(await slack.canonical.fetch(api, entity), {
    found: true,
    state: { ts: '1767225590.000100', text: 'Hello' },
  })
  const ts = '1767225590.000100'
  assert.deepEqual(paths, [
    `/conversations.replies?channel=C061EG9SL&ts=${ts}&oldest=${ts}&latest=${ts}&inclusive=true&limit=10`,
  ])
  const { api: empty } = apiThat(() => ({ ok: true, messages: [{ ts: '1.0' }] }))
  assert.deepEqual(await slack.canonical.fetch(empty, entity), { found: false })
})

test('reads channels, users and files out of their wrapping, with parameters encoded', async () => {
  const { api, paths } = apiThat(() => ({ ok: true, channel: { id: 'C1' }, user: { id: 'U1' }, file: { id: 'F1' } }))
  for (const [kind, id] of [
    ['channel', 'C1'],
    ['user', 'U1'],
    ['file', 'F1'],
  ] as const)
    assert.deepEqual(await slack.canonical.fetch(api, { kind, id }), { found: true, state: { id } })
  await slack.canonical.fetch(api, { kind: 'user', id: 'U1&limit=2' })
  assert.equal(paths.at(-1), '/users.info?user=U1%26limit%3D2')
})

test('tells what is absent, what is forbidden and what is out, although Slack answers 200 to all', async () => {
  const failing = (error: string) => apiThat(() => ({ ok: false, error })).api
  const failure = (attempt: Promise<unknown>) =>
    attempt.then(
      () => assert.fail('it did not throw'),
      (error: unknown) => (error instanceof ApiError ? [error.status, error.isOutage] : assert.fail(String(error))),
    )
  for (const error of ['thread_not_found', 'channel_not_found'])
    assert.deepEqual(await slack.canonical.fetch(failing(error), entity), { found: false })
  for (const error of ['invalid_auth', 'token_revoked', 'missing_scope', 'not_in_channel'])
    assert.deepEqual(await failure(slack.canonical.fetch(failing(error), entity)), [403, false])
  assert.deepEqual(await failure(slack.canonical.fetch(failing('internal_error'), entity)), [503, true])
  assert.deepEqual(await failure(slack.canonical.fetch(failing('ratelimited'), entity)), [429, true])
  assert.deepEqual(await failure(slack.canonical.fetch(apiThat(() => []).api, entity)), [undefined, true])
  assert.deepEqual(await failure(slack.canonical.probe(failing('channel_not_found'), entity)), [404, false])
  for (const other of [
    { kind: 'constructor', id: 'x' },
    { kind: 'message', id: '..' },
  ])
    assert.deepEqual(await failure(slack.canonical.fetch(apiThat(() => ({ ok: true })).api, other)), [400, false])
})

test('probes whether the channel of a message can be seen', async () => {
  const { api, paths } = apiThat(() => ({ ok: true }))
  await slack.canonical.probe(api, entity)
  assert.deepEqual(paths, ['/conversations.info?channel=C061EG9SL'])
})

test('lists channels and users by cursor', async () => {
  const byMilliseconds = { id: 'C2', name: 'random', updated: 1_767_225_590_000 }
  const { api, paths } = apiThat((path) => ({
    ok: true,
    channels: [
      { id: 'C1', name: 'general', is_archived: false, updated: 1_767_225_590, num_members: 7 },
      null,
      byMilliseconds,
    ],
    response_metadata: { next_cursor: path.includes('cursor=') ? '' : 'dGVhbTpDMDYx' },
  }))
  const first = await slack.entityListing.page(api, { kind: 'channel' })
  const state = { id: 'C1', name: 'general', is_archived: false, updated: 1_767_225_590 }
  const changedAt = new Date('2025-12-31T23:59:50Z')
  assert.deepEqual(first, {
    entities: [
      { entity: { kind: 'channel', id: 'C1' }, state, changedAt },
      { entity: { kind: 'channel', id: 'C2' }, state: byMilliseconds, changedAt },
    ],
    next: 'dGVhbTpDMDYx',
  })
  const last = await slack.entityListing.page(api, { kind: 'channel', cursor: 'dGVhbTpDMDYx' })
  assert.equal(last.next, undefined)
  assert.match(paths[1] ?? '', /^\/conversations\.list\?types=.*&limit=200&cursor=dGVhbTpDMDYx$/)
  await assert.rejects(slack.entityListing.page(api, { kind: 'message' }), /lists no message/)
})

test('warns of a token in the place of the signing secret', () => {
  assert.equal(slack.checkSecret(SECRET), undefined)
  assert.match(slack.checkSecret('xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy') ?? '', /signing secret/)
  assert.match(slack.checkSecret('short') ?? '', /32 characters/)
})
