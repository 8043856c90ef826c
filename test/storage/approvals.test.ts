import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { processed } from '../../src/domain/event.ts'
import { type RunQuestion, answerApproval, askApproval, listApprovals } from '../../src/storage/approvals.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
})
after(() => database.drop())

async function questionOf(eventId: string, withinMs = 60_000): Promise<RunQuestion> {
  const { key } = await createInbox({ pool }).accept(incomingEvent({ eventId }))
  const run = { key, handler: 'deploy', attempt: 1, workflowId: `event/shop/${eventId}/deploy` }
  return { ...run, name: 'deploy', summary: `Deploy ${eventId}`, withinMs }
}

async function idOf(eventId: string): Promise<string> {
  const approvals = await listApprovals(pool, { all: true, limit: 100 })
  return approvals.find((approval) => approval.eventId === eventId)?.id ?? ''
}

const yes = { answer: 'approved', actor: 'ann', reason: 'it is time' } as const
const no = { answer: 'rejected', actor: 'bob', reason: 'not on a Friday' } as const

test('a question is open until somebody answers, and the first answer counts', async () => {
  const question = await questionOf('asked')
  assert.equal(await askApproval(pool, question, false), undefined)
  assert.equal(await askApproval(pool, question, false), undefined, 'asked again it is the same question')
  const id = await idOf('asked')
  assert.equal((await answerApproval(pool, { id, ...yes }))?.isGiven, true)
  assert.equal((await answerApproval(pool, { id, ...no }))?.isGiven, false)
  const { at, ...answer } = { at: '', ...(await askApproval(pool, question, true)) }
  assert.deepEqual(answer, { answer: 'approved', by: 'ann', reason: 'it is time' })
  assert.ok(Date.parse(at) > 0)
  const { rows } = await pool.query(
    `select actor, action, reason from posthorn.audit_log where target->>'eventId' = 'asked'`,
  )
  assert.deepEqual(rows, [{ actor: 'ann', action: 'approvals.approve', reason: 'it is time' }])
})

test('of an answer and the end of the time, whoever comes first decides', async () => {
  for (let round = 0; round < 20; round += 1) {
    const question = await questionOf(`race_${round}`)
    await askApproval(pool, question, false)
    const id = await idOf(`race_${round}`)
    const [given, last] = await Promise.all([answerApproval(pool, { id, ...no }), askApproval(pool, question, true)])
    assert.equal(last?.answer, given?.isGiven === true ? 'rejected' : 'timed_out')
  }
})

test('after its time a question takes no answer, even while the run has not noticed', async () => {
  await askApproval(pool, await questionOf('late', -1_000), false)
  const late = await answerApproval(pool, { id: await idOf('late'), ...yes })
  assert.deepEqual([late?.isGiven, late?.approval.state], [false, 'open'])
})

test('a run that ends withdraws what it asked, and one that is closed asks nothing', async () => {
  const question = await questionOf('ended')
  await askApproval(pool, question, false)
  const { key, handler, attempt } = question
  await closeRuns(pool, [{ key, handler, attempt, outcome: processed() }])
  assert.equal((await answerApproval(pool, { id: await idOf('ended'), ...yes }))?.approval.state, 'withdrawn')
  assert.equal(await askApproval(pool, { ...question, name: 'another' }, false), undefined)
  const open = await listApprovals(pool, { all: false, limit: 100 })
  assert.deepEqual(
    open.filter(({ eventId }) => eventId === 'ended'),
    [],
  )
})

test('another attempt asks anew', async () => {
  const question = await questionOf('again')
  await askApproval(pool, question, false)
  await answerApproval(pool, { id: await idOf('again'), ...no })
  assert.equal(await askApproval(pool, { ...question, attempt: 2 }, false), undefined)
})
