import { activity, type EventRef } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'

const Issue = z.object({
  state: z.string(),
  title: z.string(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])).default([]),
})

export const fetchIssue = activity('providerRead', ({ canonical }) => async (event: EventRef) => {
  const issue = stateOf(Issue, await canonical(event))
  if (issue === undefined || event.entity === undefined) return undefined
  const labels = issue.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? '')))
  return { id: event.entity.id, state: issue.state, title: issue.title, labels }
})

export const queueForTriage = activity(
  'local',
  ({ db }) =>
    async (issue: { issue: string; title: string; labels: string[] }) => {
      await db.query(
        `insert into issue_triage (issue, title, labels) values ($1, $2, $3) on conflict (issue) do nothing`,
        [issue.issue, issue.title, issue.labels],
      )
    },
)
