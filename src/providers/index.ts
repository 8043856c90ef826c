import { github } from './github/index.ts'
import type { Provider } from './provider.ts'
import { standardWebhooks } from './standard-webhooks/index.ts'
import { stripe } from './stripe/index.ts'
import { teamConnect } from './team-connect/index.ts'

/** The shipped providers by name. */
export const providers = {
  github,
  stripe,
  'team-connect': teamConnect,
  'standard-webhooks': standardWebhooks,
} satisfies Record<string, Provider>

export type ProviderName = keyof typeof providers
