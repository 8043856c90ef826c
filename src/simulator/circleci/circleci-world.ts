import type { Provider } from '../../providers/provider.ts'
import { ok, numberIn, pageOf, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind, type Thing } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { World } from '../world.ts'

const SLUG = 'github/acme/shop'
const ROOT = `/api/v2/project/${SLUG}`
const PAGE = 20
const project = { id: '84996744-a854-4f5e-aea3-04e2851dc1d2', name: 'shop', slug: SLUG }
const webhook = { id: 'cf8c4fdd-0587-4da1-b4ca-4846e9640af9', name: 'posthorn' }

/** A project whose workflows and jobs end: nothing else is told. Every workflow has a pipeline of its own. */
export function createCircleciWorld(provider: Provider, random: Random): World {
  let last = 0
  const begin =
    (kind: 'workflow' | 'job'): Kind['begin'] =>
    ({ now }) => {
      last += 1
      const id = random.uuid()
      const common = {
        id,
        name: kind === 'job' ? 'test' : 'build-test-deploy',
        status: random.pick(['success', 'success', 'failed']),
      }
      const times = { created_at: now.toISOString(), stopped_at: now.toISOString() }
      const pipeline = { pipeline_id: random.uuid(), pipeline_number: last }
      return {
        id: `${SLUG}/${kind === 'job' ? last : id}`,
        type: `${kind}-completed`,
        fields: { ...common, ...times, ...pipeline, project_slug: SLUG, ...(kind === 'job' && { number: last }) },
      }
    }
  return createEntityWorld(provider, random, {
    signsTime: false,
    hookPath: ROOT,
    kinds: { workflow: { begin: begin('workflow'), steps: {} }, job: { begin: begin('job'), steps: {} } },
    tell: ({ type, thing, now }) => {
      const id = random.uuid()
      const common = { id, type, happened_at: now.toISOString(), webhook, project, organization: { name: 'acme' } }
      return { eventId: id, content: { ...common, ...partsOf(thing, random) } }
    },
    read: (url, shelf) => {
      const workflows = shelf.of('workflow')
      const start = numberIn(url.searchParams, 'page-token', 0)
      return route(url, [
        [/\/api\/v2\/workflow\/([\w-]+)/, (id = '') => shown(shelf.find('workflow', `${SLUG}/${id}`))],
        [new RegExp(`${ROOT}/job/(\\d+)`), (number = '') => shown(shelf.find('job', `${SLUG}/${number}`))],
        [
          new RegExp(`${ROOT}/pipeline`),
          () => {
            const { items, next } = pageOf(workflows.toReversed(), start, PAGE)
            return ok({ items: items.map(pipelineOf), next_page_token: next === undefined ? null : String(next) })
          },
        ],
        [
          /\/api\/v2\/pipeline\/([\w-]+)\/workflow/,
          (pipeline = '') => {
            const items = workflows.filter(({ fields }) => fields['pipeline_id'] === pipeline)
            return ok({ items: items.map(({ fields }) => fields), next_page_token: null })
          },
        ],
        [new RegExp(ROOT), () => ok(project)],
      ])
    },
    explain: (status) => ({ message: `Answered ${status}.` }),
  })
}

const pipelineOf = ({ fields }: Thing) => ({ id: fields['pipeline_id'], number: fields['pipeline_number'] })

function partsOf({ kind, fields }: Thing, random: Random): object {
  const pipeline = { ...pipelineOf({ kind, id: '', fields }), created_at: fields['created_at'] }
  if (kind === 'workflow') return { pipeline, workflow: fields }
  const { id, name, status, number } = fields
  return {
    pipeline,
    workflow: { id: random.uuid(), name: 'build-test-deploy', created_at: fields['created_at'] },
    job: { id, name, status, number },
  }
}
