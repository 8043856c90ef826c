import type { Provider } from '../providers/provider.ts'
import { createRandom } from './random.ts'
import { type SampleBody, type SampleBook, isOpen, sampleTypes, writeSample } from './sample.ts'

/** By provider. Each is loaded when it is asked for. */
const BOOKS: Readonly<Record<string, () => Promise<{ samples: SampleBook }>>> = {
  adyen: () => import('./adyen/samples.ts'),
  bitbucket: () => import('./bitbucket/samples.ts'),
  buildkite: () => import('./buildkite/samples.ts'),
  calendly: () => import('./calendly/samples.ts'),
  'case-management': () => import('./case-management/samples.ts'),
  circleci: () => import('./circleci/samples.ts'),
  generic: () => import('./generic/samples.ts'),
  github: () => import('./github/samples.ts'),
  gitlab: () => import('./gitlab/samples.ts'),
  linear: () => import('./linear/samples.ts'),
  messagebird: () => import('./messagebird/samples.ts'),
  notion: () => import('./notion/samples.ts'),
  paypal: () => import('./paypal/samples.ts'),
  sendgrid: () => import('./sendgrid/samples.ts'),
  shopify: () => import('./shopify/samples.ts'),
  slack: () => import('./slack/samples.ts'),
  'standard-webhooks': () => import('./standard-webhooks/samples.ts'),
  stripe: () => import('./stripe/samples.ts'),
  svix: () => import('./standard-webhooks/samples.ts'),
  'team-connect': () => import('./team-connect/samples.ts'),
  telnyx: () => import('./telnyx/samples.ts'),
  tenant: () => import('./generic/samples.ts'),
  twilio: () => import('./twilio/samples.ts'),
  vonage: () => import('./vonage/samples.ts'),
  x402: () => import('./x402/samples.ts'),
}

/** Sample events of one provider. */
export interface Samples {
  readonly types: readonly string[]
  newId(seed: string): string
  /** The event of a type as it is at `now`; undefined for a type that there is no sample of. The same seed writes the same. */
  write(type: string, facts: { id: string; now: Date; seed: string }): SampleBody | undefined
}

/** Undefined for a provider that is not a shipped one. */
export async function loadSamples({ name, schemas }: Provider): Promise<Samples | undefined> {
  const { samples: book } = (await BOOKS[name]?.()) ?? {}
  if (book === undefined) return undefined
  const types = sampleTypes(book, schemas)
  return {
    types,
    newId: (seed) => book.newId(createRandom(`${seed}/id`)),
    write(type, { id, now, seed }) {
      const isKnown = types.includes(type) || isOpen(book, type)
      return isKnown ? writeSample(book, type, { id, now, random: createRandom(`${seed}/${type}`) }) : undefined
    },
  }
}
