import type { Family, SampleBook, SampleFacts } from '../sample.ts'

/** What both events say: where it happened, and of which pipeline. */
const about = ({ id, now, random }: SampleFacts, type: string) => ({
  id,
  type,
  happened_at: now.toISOString(),
  webhook: { id: 'cf8c4fdd-0587-4da1-b4ca-4846e9640af9', name: 'posthorn' },
  project: { id: '84996744-a854-4f5e-aea3-04e2851dc1d2', name: 'shop', slug: 'github/acme/shop' },
  organization: { id: 'f22b6566-597d-46d5-ba74-99ef5bb3d85c', name: 'acme' },
  pipeline: {
    id: random.uuid(),
    number: random.integer(1, 900),
    created_at: now.toISOString(),
    trigger: { type: 'webhook' },
    vcs: { provider_name: 'github', revision: random.hex(40), branch: 'main' },
  },
})

const workflowOf = ({ now, random }: SampleFacts) => ({
  id: random.uuid(),
  name: 'build-test-deploy',
  created_at: now.toISOString(),
  stopped_at: now.toISOString(),
  url: 'https://app.circleci.com/pipelines/github/acme/shop',
})

const workflow: Family = (facts) => ({
  ...about(facts, 'workflow-completed'),
  workflow: { ...workflowOf(facts), status: 'success' },
})

const job: Family = (facts) => ({
  ...about(facts, 'job-completed'),
  workflow: workflowOf(facts),
  job: {
    id: facts.random.uuid(),
    number: facts.random.integer(1, 900),
    name: 'test',
    status: 'success',
    started_at: facts.now.toISOString(),
    stopped_at: facts.now.toISOString(),
  },
})

export const samples: SampleBook = {
  newId: (random) => random.uuid(),
  families: { 'workflow-completed': workflow, 'job-completed': job },
}
