import { type Family, type SampleBook, type SampleFacts, wholeSeconds } from '../sample.ts'

const ORGANIZATION = 'https://api.buildkite.com/v2/organizations/acme'
const PIPELINE = `${ORGANIZATION}/pipelines/shop`

const pipeline = { id: '849411f9-9e6d-4739-a0d8-e247088e9b52', url: PIPELINE, name: 'Shop', slug: 'shop' }
const sender = { id: '3d3c3bf0-7d58-4afe-8fe7-b3017d5504de', name: 'Ada Quist' }

const OVER = new Set(['finished', 'failing', 'skipped'])

function buildOf({ id, now, random }: SampleFacts, step: string): object {
  const number = random.integer(1, 900)
  return {
    id,
    url: `${PIPELINE}/builds/${number}`,
    number,
    state: { finished: 'passed' }[step] ?? step,
    blocked: false,
    message: 'Keep the filter',
    commit: random.hex(40),
    branch: 'main',
    created_at: wholeSeconds(now),
    scheduled_at: wholeSeconds(now),
    started_at: step === 'scheduled' ? null : wholeSeconds(now),
    finished_at: OVER.has(step) ? wholeSeconds(now) : null,
  }
}

const build: Family = (facts, step) => ({
  event: `build.${step}`,
  build: buildOf(facts, step),
  pipeline,
  sender,
})

const job: Family = (facts, step) => ({
  event: `job.${step}`,
  job: {
    id: facts.id,
    type: step === 'activated' ? 'manual' : 'script',
    name: 'test',
    state: { activated: 'unblocked', finished: 'passed', started: 'running' }[step] ?? step,
    created_at: wholeSeconds(facts.now),
    scheduled_at: wholeSeconds(facts.now),
    started_at: step === 'scheduled' ? null : wholeSeconds(facts.now),
    finished_at: step === 'finished' ? wholeSeconds(facts.now) : null,
    ...(step === 'activated' && { unblocked_at: wholeSeconds(facts.now) }),
  },
  build: buildOf({ ...facts, id: facts.random.uuid() }, 'running'),
  pipeline,
  sender,
})

const agent: Family = ({ id, now }, step) => ({
  event: `agent.${step}`,
  agent: {
    id,
    url: `${ORGANIZATION}/agents/${id}`,
    name: 'ci-1',
    connection_state: step,
    hostname: 'ci-1.example.com',
    created_at: wholeSeconds(now),
  },
  sender,
})

export const samples: SampleBook = { newId: (random) => random.uuid(), families: { build, job, agent } }
