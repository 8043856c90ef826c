import type { Provider } from '../../providers/provider.ts'
import { fieldsOf, numberIn, ok, pageOf, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { Step } from '../step.ts'
import type { World } from '../world.ts'

const FULL_NAME = 'team/site'
const ROOT = `/2.0/repositories/${FULL_NAME}`
const repository = {
  type: 'repository',
  uuid: '{673a6070-3421-46c9-9d48-90745f7bfe8e}',
  full_name: FULL_NAME,
  workspace: { slug: 'team' },
}

const time = (at: Date): string => at.toISOString().replace('Z', '000+00:00')

/** A repository: pull requests are made, changed, merged or declined. */
export function createBitbucketWorld(provider: Provider, random: Random): World {
  let last = 0
  return createEntityWorld(provider, random, {
    signsTime: false,
    hookPath: ROOT,
    kinds: {
      pull_request: {
        ...pullRequest,
        begin({ now }) {
          last += 1
          const branch = (name: string) => ({ branch: { name }, repository: { full_name: FULL_NAME } })
          const fields = { id: last, type: 'pullrequest', title: 'A wider viewport', state: 'OPEN', comment_count: 0 }
          return {
            id: `${FULL_NAME}/${last}`,
            type: 'pullrequest:created',
            fields: { ...fields, source: branch('viewport'), destination: branch('main'), created_on: time(now) },
          }
        },
      },
    },
    touch: (now) => ({ updated_on: time(now) }),
    tell: ({ thing: { fields } }) => ({
      eventId: random.uuid(),
      content: { actor: { display_name: 'Ada Quist' }, repository, pullrequest: fields },
    }),
    read: (url, shelf) =>
      route(url, [
        [
          new RegExp(`${ROOT}/pullrequests/(\\d+)`),
          (id = '') => shown(shelf.find('pull_request', `${FULL_NAME}/${id}`)),
        ],
        [
          new RegExp(`${ROOT}/pullrequests`),
          () => {
            const [size, page] = [numberIn(url.searchParams, 'pagelen', 10, 50), numberIn(url.searchParams, 'page', 1)]
            const all = shelf.of('pull_request')
            const { items, next } = pageOf(all, (page - 1) * size, size)
            const link = new URL(url)
            link.searchParams.set('page', String(page + 1))
            return ok({
              size: all.length,
              page,
              pagelen: size,
              values: fieldsOf(items),
              ...(next !== undefined && { next: link.href }),
            })
          },
        ],
      ]),
    explain: (status) => ({ type: 'error', error: { message: `Answered ${status}.` } }),
  })
}

const become = (name: string, state: string): Step => ({
  type: `pullrequest:${name}`,
  changes: ({ comment_count: count }) => ({ state, comment_count: Number(count) + 1 }),
})

const pullRequest: Omit<Kind, 'begin'> = {
  stage: ({ state }) => state,
  steps: { OPEN: [become('updated', 'OPEN'), become('fulfilled', 'MERGED'), become('rejected', 'DECLINED')] },
}
