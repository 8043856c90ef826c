import type { Provider } from './provider.ts'

/** The shipped providers. Each is loaded when it is asked for: a receiver pays for those that it serves. */
const LOADERS = {
  github: async () => (await import('./github/index.ts')).github,
  stripe: async () => (await import('./stripe/index.ts')).stripe,
  'team-connect': async () => (await import('./team-connect/index.ts')).teamConnect,
  'standard-webhooks': async () => (await import('./standard-webhooks/index.ts')).standardWebhooks,
  adyen: async () => (await import('./adyen/index.ts')).adyen,
  bitbucket: async () => (await import('./bitbucket/index.ts')).bitbucket,
  buildkite: async () => (await import('./buildkite/index.ts')).buildkite,
  calendly: async () => (await import('./calendly/index.ts')).calendly,
  'case-management': async () => (await import('./case-management/index.ts')).caseManagement,
  circleci: async () => (await import('./circleci/index.ts')).circleci,
  generic: async () => (await import('./generic/index.ts')).generic,
  gitlab: async () => (await import('./gitlab/index.ts')).gitlab,
  linear: async () => (await import('./linear/index.ts')).linear,
  messagebird: async () => (await import('./messagebird/index.ts')).messagebird,
  notion: async () => (await import('./notion/index.ts')).notion,
  paypal: async () => (await import('./paypal/index.ts')).paypal,
  sendgrid: async () => (await import('./sendgrid/index.ts')).sendgrid,
  shopify: async () => (await import('./shopify/index.ts')).shopify,
  slack: async () => (await import('./slack/index.ts')).slack,
  svix: async () => (await import('./svix/index.ts')).svix,
  telnyx: async () => (await import('./telnyx/index.ts')).telnyx,
  tenant: async () => (await import('./tenant/index.ts')).tenant,
  twilio: async () => (await import('./twilio/index.ts')).twilio,
  vonage: async () => (await import('./vonage/index.ts')).vonage,
  x402: async () => (await import('./x402/index.ts')).x402,
} satisfies Record<string, () => Promise<Provider>>

export type ProviderName = keyof typeof LOADERS

/** Providers by name, each with a type of its own. */
export type Providers = { [Name in ProviderName]: Awaited<ReturnType<(typeof LOADERS)[Name]>> }

export const PROVIDER_NAMES = Object.keys(LOADERS) as ProviderName[]

export const isProviderName = (name: string): name is ProviderName => Object.hasOwn(LOADERS, name)

/** Those that are named. */
export async function loadProviders<Name extends ProviderName>(names: readonly Name[]): Promise<Pick<Providers, Name>> {
  const loaded = await Promise.all([...new Set(names)].map(async (name) => [name, await LOADERS[name]()] as const))
  return Object.fromEntries(loaded) as Pick<Providers, Name>
}
