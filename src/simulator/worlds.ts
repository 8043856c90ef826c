import type { Provider } from '../providers/provider.ts'
import type { Random } from './random.ts'
import { createSampleWorld } from './sample-world.ts'
import { loadSamples } from './samples.ts'
import type { World } from './world.ts'

type WorldMaker = (provider: Provider, random: Random) => World

/** By provider, those that keep something. Each is loaded when it is asked for. */
const WORLDS: Readonly<Record<string, () => Promise<WorldMaker>>> = {
  adyen: async () => (await import('./adyen/adyen-world.ts')).createAdyenWorld,
  bitbucket: async () => (await import('./bitbucket/bitbucket-world.ts')).createBitbucketWorld,
  buildkite: async () => (await import('./buildkite/buildkite-world.ts')).createBuildkiteWorld,
  calendly: async () => (await import('./calendly/calendly-world.ts')).createCalendlyWorld,
  circleci: async () => (await import('./circleci/circleci-world.ts')).createCircleciWorld,
  github: async () => of((await import('./github/github-world.ts')).createGithubWorld),
  gitlab: async () => (await import('./gitlab/gitlab-world.ts')).createGitlabWorld,
  linear: async () => (await import('./linear/linear-world.ts')).createLinearWorld,
  messagebird: async () => (await import('./messagebird/messagebird-world.ts')).createMessagebirdWorld,
  notion: async () => (await import('./notion/notion-world.ts')).createNotionWorld,
  paypal: async () => (await import('./paypal/paypal-world.ts')).createPaypalWorld,
  sendgrid: async () => (await import('./sendgrid/sendgrid-world.ts')).createSendgridWorld,
  shopify: async () => (await import('./shopify/shopify-world.ts')).createShopifyWorld,
  slack: async () => (await import('./slack/slack-world.ts')).createSlackWorld,
  'standard-webhooks': async () => of((await import('./standard-webhooks/shop-world.ts')).createShopWorld),
  stripe: async () => of((await import('./stripe/stripe-world.ts')).createStripeWorld),
  'team-connect': async () => of((await import('./team-connect/team-connect-world.ts')).createTeamConnectWorld),
  telnyx: async () => (await import('./telnyx/telnyx-world.ts')).createTelnyxWorld,
  twilio: async () => (await import('./twilio/twilio-world.ts')).createTwilioWorld,
  vonage: async () => (await import('./vonage/vonage-world.ts')).createVonageWorld,
}

/** A world that speaks through the provider of a source, which may be composed by its user. */
const of =
  (make: (random: Random) => World): WorldMaker =>
  (provider, random) => ({ ...make(random), provider })

/** The world of a provider; of one that keeps nothing, a sender of its samples. Undefined for a provider that is not a shipped one. */
export async function loadWorld(provider: Provider, random: Random): Promise<World | undefined> {
  const make = await WORLDS[provider.name]?.()
  if (make !== undefined) return make(provider, random)
  const samples = await loadSamples(provider)
  return samples && createSampleWorld(provider, random, samples)
}
