import type { Random } from '../random.ts'
import type { ApiReply, Truth } from '../world.ts'
import { apiTime, type GithubObject } from './github-objects.ts'
import { ISSUE_STEPS } from './issue-steps.ts'
import { newIssue } from './new-issue.ts'

export interface IssueChange {
  /** The type of the event, such as `issues.opened`. */
  type: string
  /** What the event says. */
  payload: GithubObject
}

/** The issues of some repositories. */
export interface IssueTracker {
  change(now: Date): IssueChange
  /** What the API answers at `path` below a repository; undefined where that is none of its matters, or nothing is there. */
  read(repository: GithubObject, path: string): ApiReply | undefined
  truth(): Truth[]
}

interface Ticket {
  repository: GithubObject
  issue: GithubObject
  isDeleted: boolean
}

export function createIssueTracker(
  random: Random,
  repositories: readonly GithubObject[],
  people: readonly GithubObject[],
): IssueTracker {
  const tickets: Ticket[] = []
  const of = (repository: GithubObject) => tickets.filter((ticket) => ticket.repository === repository)
  const kept = () => tickets.filter(({ isDeleted }) => !isDeleted)

  function tell(type: string, { repository, issue }: Ticket, beside?: GithubObject): IssueChange {
    return { type, payload: { action: type.slice('issues.'.length), issue, ...beside, repository } }
  }

  function open(now: Date): IssueChange {
    const repository = random.pick(repositories)
    const number = of(repository).length + 1
    const issue = newIssue(random, { repository, number, user: random.pick(people), now: apiTime(now) })
    const ticket = { repository, issue, isDeleted: false }
    tickets.push(ticket)
    return tell('issues.opened', ticket)
  }

  function advance(ticket: Ticket, now: Date): IssueChange {
    const before = ticket.issue
    const { type, changes, beside } = random.pick(ISSUE_STEPS[String(before['state'])] ?? [])
    ticket.issue = { ...before, ...changes(before, { now, random }), updated_at: apiTime(now) }
    return tell(type, ticket, beside?.(before, ticket.issue))
  }

  function erase(ticket: Ticket): IssueChange {
    ticket.isDeleted = true
    return tell('issues.deleted', ticket)
  }

  return {
    change(now) {
      if (kept().length < 4 || random.chance(0.2)) return open(now)
      return random.chance(0.04) ? erase(random.pick(kept())) : advance(random.pick(kept()), now)
    },
    read(repository, path) {
      const present = kept().filter((ticket) => ticket.repository === repository)
      if (path === 'issues') return { status: 200, body: present.map(({ issue }) => issue) }
      const ticket = of(repository).find(({ issue }) => path === `issues/${String(issue['number'])}`)
      // GitHub tells an issue that was deleted from one that never was.
      if (ticket?.isDeleted) return { status: 410, body: { message: 'This issue was deleted' } }
      return ticket && { status: 200, body: ticket.issue }
    },
    truth: () =>
      tickets.map(({ repository, issue, isDeleted }) => ({
        entity: { kind: 'issue', id: `${String(repository['full_name'])}/${String(issue['number'])}` },
        state: isDeleted ? undefined : issue,
      })),
  }
}
