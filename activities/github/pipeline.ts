import { activity, retryAfter } from 'posthorn/activity'
import { z } from 'zod'
import { CALL_TERMS, httpPort } from '../outside/http-port.ts'
import type { Push } from './pushes.ts'

const Job = z.object({ id: z.string() })
const JobState = z.object({
  state: z.enum(['running', 'passed', 'failed']),
  /** How long the build server asks us to wait before we ask again. Milliseconds. */
  poll_after_ms: z.number().default(5_000),
})

export type Stage = 'tests' | 'build' | 'deploy'

/**
 * Has the build server do a stage for a commit, and waits for its end: the job is started once, and asked after as often as it takes.
 * Each look is a try that waited, so it neither counts nor holds anything meanwhile.
 */
export const runStage = activity(
  'write',
  ({ callOnce, settings }) =>
    async (stage: Stage, { repository, sha }: Push) => {
      const server = httpPort('build_server', settings['buildServer'])
      // It was there when the push was read.
      if (server === undefined) throw retryAfter('not_configured', 60_000, 'BUILD_SERVER_URL is not set any more')
      const terms = { discriminator: sha, ...CALL_TERMS }
      const job = await callOnce(`start ${stage}`, terms, async (idempotencyKey) => {
        const json = { stage, repository, sha }
        return Job.parse(await server({ method: 'POST', path: '/jobs', json, idempotencyKey }))
      })
      const path = `/jobs/${encodeURIComponent(job.id)}`
      const { state, poll_after_ms: pollAfterMs } = JobState.parse(await server({ method: 'GET', path }))
      if (state === 'running') throw retryAfter('job_running', pollAfterMs, `${stage} of ${sha} still runs`)
      return state
    },
)

export interface Deployment {
  push: Push
  by: string
  reason: string
}

export const recordDeployment = activity('local', ({ db }) => async ({ push, by, reason }: Deployment) => {
  await db.query(
    `insert into deployments (repository, commit_sha, approved_by, reason) values ($1, $2, $3, $4)
     on conflict (repository, commit_sha) do nothing`,
    [push.repository, push.sha, by, reason],
  )
})
