import { github } from '../../providers/github/index.ts'
import type { Random } from '../random.ts'
import type { ApiReply, Change, World } from '../world.ts'
import { createCommitLog } from './commit-log.ts'
import { createDeliveryLog, HOOK_PATH } from './delivery-log.ts'
import type { GithubObject } from './github-objects.ts'
import { createIssueTracker } from './issue-tracker.ts'
import { HOOK_ID, organization, PEOPLE, ping, REPOSITORIES } from './organization.ts'

/** Two repositories of an organisation: people push to them, and open, edit, label, assign, close, reopen and delete issues. */
export function createGithubWorld(random: Random): World {
  const issues = createIssueTracker(random, REPOSITORIES, PEOPLE)
  const commits = createCommitLog(random)
  const deliveries = createDeliveryLog()
  let greeted = false

  function tell(type: string, payload: GithubObject, now: Date): Change {
    const sender = random.pick(PEOPLE)
    const body = Buffer.from(JSON.stringify({ ...payload, organization, sender }))
    return { eventId: random.uuid(), type, occurredAt: now, body }
  }

  function readRepository(repository: GithubObject, path: string): ApiReply | undefined {
    const body = path === '' ? repository : commits.read(repository, path)
    return body === undefined ? issues.read(repository, path) : { status: 200, body }
  }

  return {
    provider: github,
    headers: {
      'content-type': 'application/json',
      'x-github-hook-id': String(HOOK_ID),
      'x-github-hook-installation-target-type': 'organization',
      'x-github-hook-installation-target-id': String(organization.id),
    },
    signsTime: false,
    redelivers: false,
    hookPath: HOOK_PATH,
    change(now) {
      if (greeted && random.chance(0.3)) {
        return tell('push', commits.push(random.pick(REPOSITORIES), random.pick(PEOPLE), now), now)
      }
      const { type, payload } = greeted ? issues.change(now) : { type: 'ping', payload: ping }
      greeted = true
      return tell(type, payload, now)
    },
    read(url) {
      const [, name, path = ''] = /^\/repos\/([^/]+\/[^/]+)(?:\/(.*))?$/.exec(url.pathname) ?? []
      const repository = REPOSITORIES.find((candidate) => candidate['full_name'] === name)
      return repository === undefined ? deliveries.read(url) : readRepository(repository, path)
    },
    post: deliveries.post,
    explain: (status) => ({ message: `Answered ${status}.`, documentation_url: 'https://docs.github.com/rest' }),
    delivered: deliveries.record,
    truth: () => [...issues.truth(), ...commits.truth()],
  }
}
