import type { ApprovalAnswer, Question } from '../domain/waits.ts'
import { recordAudit } from './audit-log.ts'
import { type Executor, type Pool, transaction } from './pool.ts'
import type { RunKey } from './runs.ts'
import { lockEvents } from './settle.ts'
import { toStorableText } from './storable-text.ts'

export type ApprovalState = 'open' | 'approved' | 'rejected' | 'timed_out' | 'withdrawn'

export interface RunQuestion extends RunKey, Question {
  workflowId: string
}

const MAX_TEXT = 2_000
const QUESTION = '(key, handler, attempt, name) = ($1, $2, $3::integer, $4)'

/**
 * Asks people, or looks what they said; undefined while nobody has said anything. The last look gives the question up, unless an
 * answer was quicker: whoever comes first decides.
 */
export async function askApproval(
  pool: Pool,
  question: RunQuestion,
  isLast: boolean,
): Promise<ApprovalAnswer | undefined> {
  const which = [question.key, question.handler, question.attempt, question.name]
  return transaction(pool, async (tx) => {
    // Closing takes the same lock: a run that is closed asks nobody.
    await lockEvents(tx, [question.key])
    await tx.query(
      `insert into posthorn.approvals (key, handler, attempt, name, workflow_id, summary, expires_at)
       select $1, $2, $3::integer, $4, $5, $6, now() + $7 * interval '1 millisecond'
       where not exists (select from posthorn.runs where (key, handler, attempt) = ($1, $2, $3))
       on conflict (key, handler, attempt, name) do nothing`,
      [...which, question.workflowId, toStorableText(question.summary, MAX_TEXT), question.withinMs],
    )
    if (isLast) {
      await tx.query(`update posthorn.approvals set state = 'timed_out' where ${QUESTION} and state = 'open'`, which)
    }
    const { rows } = await tx.query<AnswerColumns>(
      `select state, answered_by, reason, answered_at from posthorn.approvals where ${QUESTION}`,
      which,
    )
    return rows[0] && toAnswer(rows[0])
  })
}

type AnswerColumns =
  | { state: 'approved' | 'rejected'; answered_by: string; reason: string; answered_at: Date }
  | { state: 'open' | 'timed_out' | 'withdrawn'; answered_at: null }

function toAnswer(row: AnswerColumns): ApprovalAnswer | undefined {
  if (row.answered_at !== null) {
    return { answer: row.state, by: row.answered_by, reason: row.reason, at: row.answered_at.toISOString() }
  }
  return row.state === 'open' ? undefined : { answer: 'timed_out' }
}

/** A question and what became of it, for people. */
export interface ListedApproval {
  id: string
  source: string
  eventId: string
  eventType: string
  handler: string
  attempt: number
  name: string
  summary: string
  state: ApprovalState
  askedAt: Date
  expiresAt: Date
  answeredAt: Date | null
  answeredBy: string | null
  reason: string | null
}

const LISTED = `
  select a.id, e.source, e.event_id as "eventId", e.type as "eventType", a.handler, a.attempt, a.name, a.summary, a.state,
    a.asked_at as "askedAt", a.expires_at as "expiresAt", a.answered_at as "answeredAt", a.answered_by as "answeredBy", a.reason
  from posthorn.approvals a join posthorn.events e using (key)`

/** Open questions, the oldest first; or the latest ones, whatever became of them. */
export async function listApprovals(
  executor: Executor,
  { all, limit }: { all: boolean; limit: number },
): Promise<ListedApproval[]> {
  const which = all ? 'order by a.id desc' : `where a.state = 'open' order by a.id`
  const { rows } = await executor.query<ListedApproval>(`${LISTED} ${which} limit $1`, [limit])
  return rows
}

export async function readApproval(executor: Executor, id: string): Promise<ListedApproval | undefined> {
  const { rows } = await executor.query<ListedApproval>(`${LISTED} where a.id = $1`, [id])
  return rows[0]
}

export interface Answer {
  id: string
  answer: 'approved' | 'rejected'
  actor: string
  reason: string
}

/**
 * Gives an answer, with its line in the audit log. The question as it stands afterwards, undefined where there is none; `isGiven` is
 * false when there was an answer before, or the time is over. A worker's sweep tells the run.
 */
export async function answerApproval(
  pool: Pool,
  { id, answer, actor, reason }: Answer,
): Promise<{ approval: ListedApproval; isGiven: boolean } | undefined> {
  return transaction(pool, async (tx) => {
    const { rowCount } = await tx.query(
      `update posthorn.approvals set state = $2, answered_at = now(), answered_by = $3, reason = $4
       where id = $1 and state = 'open' and expires_at > now()`,
      [id, answer, actor, toStorableText(reason, MAX_TEXT)],
    )
    const approval = await readApproval(tx, id)
    if (approval === undefined) return undefined
    const isGiven = rowCount === 1
    if (isGiven) await recordAudit(tx, { actor, reason, action: ACTIONS[answer], target: targetOf(approval) })
    return { approval, isGiven }
  })
}

const ACTIONS = { approved: 'approvals.approve', rejected: 'approvals.reject' } as const

/** `source` and `eventId` are what an event's own record is found by. */
const targetOf = ({ id, source, eventId, handler, attempt, name }: ListedApproval) => ({
  ...{ approval: id, source, eventId, handler, attempt, name },
})

/** Answers whose run has not been told yet. */
export async function untoldAnswers(executor: Executor, limit: number): Promise<{ id: string; workflowId: string }[]> {
  const { rows } = await executor.query<{ id: string; workflowId: string }>(
    `select id, workflow_id as "workflowId" from posthorn.approvals
     where answered_by is not null and told_at is null order by id limit $1`,
    [limit],
  )
  return rows
}

export async function markTold(executor: Executor, id: string): Promise<void> {
  await executor.query('update posthorn.approvals set told_at = now() where id = $1', [id])
}
