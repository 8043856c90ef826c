import { activity, type EventRef } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'

const Ref = z.object({ object: z.object({ sha: z.string() }) })

export interface Push {
  /** `owner/name` */
  repository: string
  /** `heads/main`, or `tags/v1`. */
  ref: string
  sha: string
  /** To be tested, built and deployed. Absent where there is no build server to do it. */
  deploys?: true
}

/** What is deployed. */
const MAIN = 'heads/main'

export const fetchPushedCommit = activity(
  'providerRead',
  ({ canonical, settings }) =>
    async (event: EventRef): Promise<Push | undefined> => {
      if (event.entity === undefined) return undefined
      const state = stateOf(Ref, await canonical(event))
      if (state === undefined) return undefined
      const [owner, name, ...rest] = event.entity.id.split('/')
      const ref = rest.join('/')
      const deploys = ref === MAIN && settings['buildServer'] !== undefined
      return { repository: `${owner}/${name}`, ref, sha: state.object.sha, ...(deploys && { deploys }) }
    },
)

/**
 * Pushes that follow each other closely may all find the last commit: its key keeps it single. A count has no key; there the ledger
 * sees to it that each push counts once, however often it is tried or replayed.
 */
export const recordPush = activity('local', ({ once }) => async ({ repository, ref, sha }: Push) => {
  await once('record push', ref, async (tx) => {
    await tx.query(
      `insert into pushes (repository, ref, commit_sha) values ($1, $2, $3)
       on conflict (repository, ref, commit_sha) do nothing`,
      [repository, ref, sha],
    )
    await tx.query(
      `insert into branches as known (repository, ref, pushes) values ($1, $2, 1)
       on conflict (repository, ref) do update set pushes = known.pushes + 1`,
      [repository, ref],
    )
  })
})
