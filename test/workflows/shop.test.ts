import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { writeAmount } from '../../activities/stripe/amounts.ts'
import { answerApproval, listApprovals } from '../../src/storage/approvals.ts'
import { replayEvent } from '../../src/storage/replay.ts'
import { eventually } from '../support/eventually.ts'
import { sentIn } from './outside.ts'
import { type Ended, type WorkflowStage, setWorkflowStage } from './stage.ts'

let stage: WorkflowStage

before(async () => {
  stage = await setWorkflowStage()
})
after(() => stage.close())
beforeEach(() => stage.mail.refuse(false))

const PROCESSED: Ended = { state: 'processed', reason: null, code: null }
const ignored = (reason: string): Ended => ({ state: 'ignored', reason, code: null })
const PATIENCE = { timeoutMs: 50_000 }

const rowsOf = async (statement: string, ...values: unknown[]): Promise<unknown[]> =>
  (await stage.pool.query<Record<string, unknown>>(statement, values)).rows

const mailsTo = (address: string): string[] => stage.mail.mails.filter((mail) => mail.includes(`To: ${address}`))

const payment = {
  ...{ id: 'pi_1', object: 'payment_intent', status: 'succeeded', amount: 1250, amount_received: 1250 },
  ...{ currency: 'eur', receipt_email: 'ada@example.com', metadata: { order_id: 'order_1' } },
}
const paid = (id: string) => ({
  ...{ id, object: 'event', type: 'payment_intent.succeeded', created: Math.floor(Date.now() / 1000) },
  data: { object: payment },
})

test('a payment settles its order and is thanked for, once, also when it is replayed', async () => {
  stage.outside.on('GET /api/v1/payment_intents/pi_1', { json: payment })
  const key = await stage.send('stripe', paid('evt_paid'))
  assert.deepEqual(await stage.ended(key), PROCESSED)
  assert.deepEqual(await rowsOf('select order_id, status, amount, currency from orders'), [
    { order_id: 'order_1', status: 'paid', amount: '1250', currency: 'eur' },
  ])
  const [mail = '', ...more] = mailsTo('ada@example.com')
  assert.match(mail, /^From: Shop <shop@example\.com>/m)
  assert.match(mail, /12\.50 EUR for order order_1/)
  assert.match(mail, /^Message-ID: <[0-9a-f-]{36}@example\.com>/m)
  assert.equal(more.length, 0)
  await eventually(
    async () => (await replayEvent(stage.pool, { source: 'stripe', eventId: 'evt_paid' })).replayed,
    PATIENCE,
  )
  await eventually(async () => {
    assert.equal((await rowsOf('select from posthorn.runs where key = $1', key)).length, 2)
  }, PATIENCE)
  assert.equal(mailsTo('ada@example.com').length, 1)
})

test('a failed payment leaves its order unpaid, but never one that has been paid since', async () => {
  const failed = (id: string, order: string, status: string) => {
    const object = { ...payment, id: `pi_${id}`, status, amount_received: 0, metadata: { order_id: order } }
    stage.outside.on(`GET /api/v1/payment_intents/pi_${id}`, { json: object })
    return stage.send('stripe', { ...paid(`evt_${id}`), type: 'payment_intent.payment_failed', data: { object } })
  }
  assert.deepEqual(await stage.ended(await failed('open', 'order_2', 'requires_payment_method')), PROCESSED)
  assert.deepEqual(await stage.ended(await failed('settled', 'order_3', 'succeeded')), ignored('payment is succeeded'))
  assert.deepEqual(await stage.ended(await failed('early', 'order_1', 'requires_payment_method')), PROCESSED)
  assert.deepEqual(await rowsOf('select order_id, status from orders order by order_id'), [
    { order_id: 'order_1', status: 'paid' },
    { order_id: 'order_2', status: 'unpaid' },
  ])
})

test('a payment is thanked for in the money that it was made in', async () => {
  const yen = { ...payment, id: 'pi_yen', amount_received: 5000, currency: 'jpy', receipt_email: 'yen@example.com' }
  stage.outside.on('GET /api/v1/payment_intents/pi_yen', { json: { ...yen, metadata: {} } })
  const key = await stage.send('stripe', { ...paid('evt_yen'), data: { object: yen } })
  assert.deepEqual(await stage.ended(key), PROCESSED)
  assert.match(mailsTo('yen@example.com')[0] ?? '', /received 5000 JPY for order/)
  assert.deepEqual(
    [
      writeAmount(1250, 'eur'),
      writeAmount(5, 'usd'),
      writeAmount(1_500_000, 'huf'),
      writeAmount(12_340, 'kwd'),
      writeAmount(100, 'isk'),
    ],
    ['12.50 EUR', '0.05 USD', '15000.00 HUF', '12.340 KWD', '1.00 ISK'],
  )
})

test('a new subscription is kept as Stripe has it, and is nothing about the customer', async () => {
  const object = { id: 'sub_1', object: 'subscription', customer: 'cus_1', status: 'active' }
  stage.outside.on('GET /api/v1/subscriptions/sub_1', { json: object })
  const key = await stage.send('stripe', {
    ...paid('evt_subscribed'),
    type: 'customer.subscription.created',
    data: { object: { ...object, status: 'incomplete' } },
  })
  assert.deepEqual(await stage.ended(key), PROCESSED)
  assert.deepEqual(await rowsOf('select subscription_id, customer_id, status from subscriptions'), [
    { subscription_id: 'sub_1', customer_id: 'cus_1', status: 'active' },
  ])
  assert.deepEqual(await rowsOf('select from customers'), [])
})

const signUp = (id: string) =>
  stage.send(
    'standard-webhooks',
    {
      type: 'user.signed_up',
      timestamp: new Date().toISOString(),
      data: { id, email: `${id}@example.com`, name: 'Ada' },
    },
    { 'webhook-id': `msg_${id}` },
  )

test('a sign-up makes a contact, a welcome and a figure', async () => {
  assert.deepEqual(await stage.ended(await signUp('u_1')), PROCESSED)
  assert.deepEqual(await sentIn(stage.outside.asked('PUT /crm/contacts/u_1')[0]), {
    email: 'u_1@example.com',
    name: 'Ada',
  })
  assert.match(mailsTo('u_1@example.com')[0] ?? '', /Good to have you here, Ada/)
  assert.deepEqual(await sentIn(stage.outside.asked('POST /analytics/events')[0]), { event: 'sign_up', user: 'u_1' })
  assert.equal(stage.outside.asked('DELETE /crm').length, 0)
})

test('when the welcome is refused for good, the contact goes again, and a replay makes all of it', async () => {
  stage.mail.refuse(true)
  const key = await signUp('u_2')
  assert.deepEqual(await stage.ended(key), { state: 'dead', reason: null, code: 'mail_refused' })
  assert.equal(stage.outside.asked('DELETE /crm/contacts/u_2').length, 1)
  assert.equal(stage.outside.asked('POST /analytics/events').length, 1, 'what comes after it is not begun')
  stage.mail.refuse(false)
  await eventually(
    async () => (await replayEvent(stage.pool, { source: 'standard-webhooks', eventId: 'msg_u_2' })).replayed,
    PATIENCE,
  )
  await eventually(() => {
    assert.equal(stage.outside.asked('POST /analytics/events').length, 2)
  }, PATIENCE)
  assert.equal(stage.outside.asked('PUT /crm/contacts/u_2').length, 2)
  assert.equal(mailsTo('u_2@example.com').length, 1)
})

test('what is published leaves the cache first, and is then found', async () => {
  const data = { id: 'a_1', path: '/news/1', title: 'News', text: 'All of it.' }
  const key = await stage.send(
    'standard-webhooks',
    { type: 'article.published', timestamp: new Date().toISOString(), data },
    { 'webhook-id': 'msg_a_1' },
  )
  assert.deepEqual(await stage.ended(key), PROCESSED)
  const order = stage.outside
    .asked('')
    .map(({ what }) => what)
    .filter((what) => /cdn|search/.test(what))
  assert.deepEqual(order, ['POST /cdn/purge', 'PUT /search/documents/article-a_1'])
  assert.deepEqual(await sentIn(stage.outside.asked('POST /cdn/purge')[0]), { paths: ['/news/1'] })
})

test('a slash command is answered at the URL that Slack gave, which stands in no history', async () => {
  await stage.pool.query(`insert into call_records values ('call_7', 'ada', 61, now())`)
  const form = new URLSearchParams({
    ...{ command: '/call', text: 'call_7', user_id: 'U1', team_id: 'T1', trigger_id: '1.2.abc' },
    response_url: `${stage.outside.url}/slack/secret-place`,
  })
  const key = await stage.send('slack', form.toString(), { 'content-type': 'application/x-www-form-urlencoded' })
  assert.deepEqual(await stage.ended(key), PROCESSED)
  assert.deepEqual(await sentIn(stage.outside.asked('POST /slack/secret-place')[0]), {
    response_type: 'ephemeral',
    text: 'call_7 with ada took 61 seconds.',
  })
  const history = await stage.historyOf('event/slack/1.2.abc/slackCallCommand')
  assert.match(history, /call_7 with ada/)
  assert.doesNotMatch(history, /secret-place/)
})

let pushes = 0

/** A push to `main`, at a commit of its own. */
async function push(): Promise<{ key: string; sha: string }> {
  const sha = String((pushes += 1)).repeat(40)
  stage.outside.on('GET /api/repos/acme/shop/git/ref/heads/main', { json: { object: { sha } } })
  const repository = { id: 1, name: 'shop', full_name: 'acme/shop', owner: { login: 'acme' } }
  const body = {
    ...{ ref: 'refs/heads/main', before: '0'.repeat(40), after: sha, commits: [], pusher: { name: 'ann' }, repository },
    ...{ created: false, deleted: false, forced: false, sender: { id: 1, login: 'ann' } },
  }
  const headers = { 'x-github-event': 'push', 'x-github-delivery': randomUUID() }
  return { key: await stage.send('github', body, headers), sha }
}

/** A build server whose jobs take two looks; those of `failing` fail. */
function buildServer(failing?: string): void {
  const looks = new Map<string, number>()
  stage.outside.on('POST /buildServer/jobs', ({ text }) => {
    const { stage: name, sha } = JSON.parse(text) as { stage: string; sha: string }
    return { json: { id: `${name}-${sha.slice(0, 1)}` } }
  })
  stage.outside.on('GET /buildServer/jobs/', ({ what }) => {
    const job = what.split('/').at(-1) ?? ''
    looks.set(job, (looks.get(job) ?? 0) + 1)
    if ((looks.get(job) ?? 0) < 2) return { json: { state: 'running', poll_after_ms: 100 } }
    return { json: { state: failing !== undefined && job.startsWith(failing) ? 'failed' : 'passed' } }
  })
}

const stagesOf = async (sha: string): Promise<unknown[]> => {
  const jobs = await Promise.all(stage.outside.asked('POST /buildServer/jobs').map(sentIn))
  return (jobs as { stage: string; sha: string }[]).filter((job) => job.sha === sha).map((job) => job.stage)
}

async function answer(sha: string, given: 'approved' | 'rejected'): Promise<void> {
  const id = await eventually(async () => {
    const open = await listApprovals(stage.pool, { all: false, limit: 10 })
    const asked = open.find(({ summary }) => summary === `Deploy acme/shop at ${sha.slice(0, 12)}`)
    assert.ok(asked, 'nobody is asked')
    return asked.id
  }, PATIENCE)
  await answerApproval(stage.pool, { id, answer: given, actor: 'ann', reason: 'it is Monday' })
}

test('a push is tested and built, and deployed when a person has approved it', async () => {
  buildServer()
  const { key, sha } = await push()
  await answer(sha, 'approved')
  assert.deepEqual(await stage.ended(key), PROCESSED)
  assert.deepEqual(await stagesOf(sha), ['tests', 'build', 'deploy'])
  assert.deepEqual(await rowsOf('select approved_by, reason from deployments where commit_sha = $1', sha), [
    { approved_by: 'ann', reason: 'it is Monday' },
  ])
})

test('a push that a person rejects is not deployed', async () => {
  buildServer()
  const { key, sha } = await push()
  await answer(sha, 'rejected')
  assert.deepEqual(await stage.ended(key), ignored('deployment was rejected'))
  assert.deepEqual(await stagesOf(sha), ['tests', 'build'])
})

test('nobody is asked about a push whose tests fail', async () => {
  buildServer('tests')
  const { key, sha } = await push()
  assert.deepEqual(await stage.ended(key), ignored('tests failed'))
  assert.deepEqual(await stagesOf(sha), ['tests'])
  assert.deepEqual(await listApprovals(stage.pool, { all: false, limit: 10 }), [])
})
