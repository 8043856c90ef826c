import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { runProgram } from '../../src/main/program.ts'
import { askApproval } from '../../src/storage/approvals.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
})
after(() => database.drop())

async function posthorn(...args: string[]) {
  const environment = { DATABASE_URL: database.url, POSTHORN_OPERATOR: 'ann' }
  let [stdout, stderr] = ['', '']
  const out = (text: string) => (stdout += text)
  const code = await runProgram(args, { environment, given: environment, out, err: (text) => (stderr += text) })
  return { code, stdout, stderr }
}

async function ask(eventId: string, withinMs = 60_000): Promise<string> {
  const { key } = await createInbox({ pool }).accept(incomingEvent({ eventId }))
  const run = { key, handler: 'githubPush', attempt: 1, workflowId: `event/shop/${eventId}/githubPush` }
  await askApproval(pool, { ...run, name: 'deploy', summary: `Deploy ${eventId}`, withinMs }, false)
  const { rows } = await pool.query<{ id: string }>('select id from posthorn.approvals where key = $1', [key])
  return rows[0]?.id ?? ''
}

test('open questions are listed, shown, and answered with a reason', async () => {
  assert.equal((await posthorn('approvals', 'list')).stdout, 'Nobody is asked anything.\n')
  const id = await ask('evt_1')
  assert.match((await posthorn('approvals', 'list')).stdout, /open +githubPush +deploy: Deploy evt_1$/m)
  assert.match((await posthorn('approvals', 'show', id)).stdout, /^event +shop evt_1 \(invoice\.paid\)$/m)

  const approved = await posthorn('approvals', 'approve', id, '--reason', 'tested twice')
  assert.deepEqual([approved.code, approved.stdout], [0, 'deploy is approved: githubPush goes on within seconds.\n'])
  assert.deepEqual(JSON.parse((await posthorn('approvals', 'list', '--json')).stdout), [])
  const [listed] = JSON.parse((await posthorn('approvals', 'list', '--all', '--json')).stdout) as Record<
    string,
    unknown
  >[]
  assert.deepEqual([listed?.['state'], listed?.['answeredBy'], listed?.['reason']], ['approved', 'ann', 'tested twice'])
  assert.match((await posthorn('approvals', 'show', id)).stdout, /^answered .* by ann: tested twice$/m)
})

test('what cannot be answered is said', async () => {
  const id = await ask('evt_2')
  assert.equal((await posthorn('approvals', 'reject', id)).code, 2, 'an answer needs a reason')
  assert.equal((await posthorn('approvals', 'reject', id, '--reason', 'no')).code, 0)
  const again = await posthorn('approvals', 'approve', id, '--reason', 'yes after all')
  assert.equal(again.code, 1)
  assert.match(again.stderr, /was rejected by ann at /)
  const late = await posthorn('approvals', 'approve', await ask('evt_3', -1_000), '--reason', 'late')
  assert.equal(late.code, 1)
  assert.match(late.stderr, /was open until /)
  for (const unknown of ['999', 'deploy', "1' or '1'='1"]) {
    const { code, stderr } = await posthorn('approvals', 'approve', unknown, '--reason', 'x')
    assert.equal(code, 1)
    assert.match(stderr, /There is no approval /)
  }
})
