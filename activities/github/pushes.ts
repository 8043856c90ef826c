import { activity, type EventRef } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'

const Commit = z.object({
  sha: z.string(),
  commit: z.object({ message: z.string(), author: z.object({ name: z.string().nullish() }).nullish() }),
})

export interface Push {
  repository: string
  sha: string
  author: string | undefined
  message: string
}

export const fetchPushedCommit = activity(
  'providerRead',
  ({ canonical }) =>
    async (event: EventRef): Promise<Push | undefined> => {
      if (event.entity === undefined) return undefined
      const state = stateOf(Commit, await canonical(event))
      if (state === undefined) return undefined
      const { message, author } = state.commit
      const [repository = ''] = event.entity.id.split('@')
      return { repository, sha: state.sha, author: author?.name ?? undefined, message }
    },
)

export const recordPush = activity('local', ({ db }) => async (push: Push) => {
  await db.query(
    `insert into pushes (repository, commit_sha, author, message) values ($1, $2, $3, $4)
     on conflict (repository, commit_sha) do nothing`,
    [push.repository, push.sha, push.author ?? null, push.message],
  )
})
