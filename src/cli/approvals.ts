import type { ListedApproval } from '../storage/approvals.ts'
import { type Output, table } from './output.ts'

/** Prints questions that runs asked people. */
export function showApprovals(approvals: readonly ListedApproval[], output: Output): void {
  output.show(approvals, (rows) =>
    table(['ID', 'ASKED', 'EXPIRES', 'STATE', 'HANDLER', 'QUESTION'], rows.map(toRow), 'Nobody is asked anything.'),
  )
}

const toRow = ({ id, askedAt, expiresAt, state, handler, name, summary }: ListedApproval): string[] => [
  id,
  askedAt.toISOString(),
  expiresAt.toISOString(),
  state,
  handler,
  `${name}: ${summary}`,
]

/** Prints all of one question. */
export function showApproval(approval: ListedApproval, output: Output): void {
  output.show(approval, toLines)
}

function toLines(approval: ListedApproval): string[] {
  const { answeredAt, answeredBy, reason } = approval
  const rows: [string, string][] = [
    ['approval', approval.id],
    ['question', `${approval.name}: ${approval.summary}`],
    ['asked by', `${approval.handler}, attempt ${approval.attempt}`],
    ['event', `${approval.source} ${approval.eventId} (${approval.eventType})`],
    ['asked', approval.askedAt.toISOString()],
    ['expires', approval.expiresAt.toISOString()],
    ['state', approval.state],
  ]
  if (answeredAt !== null) {
    rows.push(['answered', `${answeredAt.toISOString()} by ${answeredBy ?? 'nobody'}: ${reason ?? ''}`])
  }
  return rows.map(([name, value]) => `${name.padEnd(9)} ${value}`)
}

/** Says that an answer is given: the run goes on when a worker has told it. */
export function showAnswered(approval: ListedApproval, output: Output): void {
  output.show(approval, ({ name, handler, state }) => [`${name} is ${state}: ${handler} goes on within seconds.`])
}
