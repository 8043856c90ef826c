import type { Provider } from '../../providers/provider.ts'
import { fieldsOf, numberIn, ok, pageOf, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { Fields, Step } from '../step.ts'
import type { World } from '../world.ts'

const API = 'https://api.buildkite.com'
const ORGANIZATION = '/v2/organizations/acme'
const PIPELINE = `${ORGANIZATION}/pipelines/shop`
const pipeline = { id: '849411f9-9e6d-4739-a0d8-e247088e9b52', url: API + PIPELINE, slug: 'shop' }

/** A pipeline whose builds are scheduled, run and end, and agents that come and go. */
export function createBuildkiteWorld(provider: Provider, random: Random): World {
  let last = 0
  return createEntityWorld(provider, random, {
    signsTime: true,
    hookPath: PIPELINE,
    kinds: {
      build: {
        ...build,
        begin({ now }) {
          last += 1
          const identity = { id: random.uuid(), url: `${API}${PIPELINE}/builds/${last}`, number: last, blocked: false }
          const times = {
            created_at: now.toISOString(),
            scheduled_at: now.toISOString(),
            started_at: null,
            finished_at: null,
          }
          const fields = { ...identity, state: 'scheduled', commit: random.hex(40), branch: 'main', ...times }
          return { id: `acme/shop/${last}`, type: 'build.scheduled', fields }
        },
      },
      agent,
    },
    tell: ({ type, thing: { kind, fields } }) => ({
      content: { event: type, [kind]: fields, ...(kind === 'build' && { pipeline }), sender: { name: 'Ada Quist' } },
    }),
    read: (url, shelf) =>
      route(url, [
        [new RegExp(`${PIPELINE}/builds/(\\d+)`), (number = '') => shown(shelf.find('build', `acme/shop/${number}`))],
        [
          new RegExp(`${PIPELINE}/builds`),
          () => {
            const [size, page] = [
              numberIn(url.searchParams, 'per_page', 30, 100),
              numberIn(url.searchParams, 'page', 1),
            ]
            const { items, next } = pageOf(shelf.of('build').toReversed(), (page - 1) * size, size)
            const link = `<${API}${PIPELINE}/builds?per_page=${size}&page=${page + 1}>; rel="next"`
            return ok(fieldsOf(items), next === undefined ? {} : { link })
          },
        ],
        [new RegExp(`${ORGANIZATION}/agents/([\\w-]+)`), (id = '') => shown(shelf.find('agent', `acme/${id}`))],
        [new RegExp(`${ORGANIZATION}/agents`), () => ok(fieldsOf(shelf.of('agent')).slice(0, 30))],
      ]),
    explain: (status) => ({ message: `Answered ${status}.` }),
  })
}

const become = (name: string, changes: (now: string) => Fields): Step => ({
  type: `build.${name}`,
  changes: (_build, { now }) => changes(now.toISOString()),
})

const build: Omit<Kind, 'begin'> = {
  stage: ({ state }) => state,
  steps: {
    scheduled: [become('running', (now) => ({ state: 'running', started_at: now }))],
    running: [
      become('finished', (now) => ({ state: 'passed', finished_at: now })),
      become('finished', (now) => ({ state: 'failed', finished_at: now })),
    ],
  },
}

const agent: Kind = {
  begin({ random, now }) {
    const id = random.uuid()
    const fields = {
      id,
      url: `${API}${ORGANIZATION}/agents/${id}`,
      name: `ci-${random.hex(4)}`,
      connection_state: 'connected',
    }
    return { id: `acme/${id}`, type: 'agent.connected', fields: { ...fields, created_at: now.toISOString() } }
  },
  stage: ({ connection_state: state }) => state,
  steps: {
    connected: [
      {
        type: 'agent.disconnected',
        changes: (_agent, { now }) => ({ connection_state: 'disconnected', disconnected_at: now.toISOString() }),
      },
    ],
  },
}
