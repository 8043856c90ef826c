import { showAnswered, showApproval, showApprovals } from '../../cli/approvals.ts'
import { CommandError } from '../../cli/exit-codes.ts'
import {
  type Answer,
  type ListedApproval,
  answerApproval,
  listApprovals,
  readApproval,
} from '../../storage/approvals.ts'
import { operatorName } from '../process/operator.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn approvals list`: prints what runs ask people. */
export async function runApprovals(
  { environment, output }: CommandContext,
  filter: { all: boolean; limit: number },
): Promise<void> {
  await withPool(readSettings(environment), async (pool) => showApprovals(await listApprovals(pool, filter), output))
}

/**
 * `posthorn approvals show`: prints one question.
 * @throws CommandError when there is no such question.
 */
export async function runApproval({ environment, output }: CommandContext, id: string): Promise<void> {
  await withPool(readSettings(environment), async (pool) => {
    const approval = isId(id) ? await readApproval(pool, id) : undefined
    if (approval === undefined) throw unknown(id)
    showApproval(approval, output)
  })
}

/**
 * `posthorn approvals approve` and `reject`: gives a run its answer. Temporal need not be up: a worker tells the run.
 * @throws CommandError when there is no such question, or it is closed.
 */
export async function runAnswer({ environment, output }: CommandContext, answer: Omit<Answer, 'actor'>): Promise<void> {
  const settings = readSettings(environment)
  const actor = operatorName(settings)
  const given = await withPool(settings, async (pool) =>
    isId(answer.id) ? answerApproval(pool, { ...answer, actor }) : undefined,
  )
  if (given === undefined) throw unknown(answer.id)
  if (!given.isGiven) throw new CommandError('failed', whyClosed(given.approval))
  showAnswered(given.approval, output)
}

/** At most 18 digits: a `bigint`. */
const isId = (text: string): boolean => /^\d{1,18}$/.test(text)

const unknown = (id: string): CommandError =>
  new CommandError('failed', `There is no approval ${id}: \`posthorn approvals list\` prints the open ones.`)

function whyClosed({ id, state, answeredBy, answeredAt, expiresAt }: ListedApproval): string {
  if (answeredBy !== null) return `Approval ${id} was ${state} by ${answeredBy} at ${answeredAt?.toISOString() ?? ''}.`
  if (state === 'withdrawn') return `Approval ${id} is withdrawn: the run has ended.`
  return `Approval ${id} was open until ${expiresAt.toISOString()}.`
}
