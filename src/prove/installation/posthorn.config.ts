import { defineConfig, env } from 'posthorn'

/** `.ts` in a checkout, `.js` in the package. */
const extension = import.meta.filename.slice(-3)

/** So often that all of it is seen within a short run. */
const RESTLESS = { every: '5s', lookBack: '1h', settle: '3s', overlap: '5s', confirmAfter: '10s' }

/** What `posthorn prove` puts to the proof: four providers, mirrored, with a handler for each of its events. */
export default defineConfig({
  workflows: `workflows${extension}`,
  activities: `activities${extension}`,
  sources: {
    github: {
      provider: 'github',
      secret: env('PROVE_GITHUB_SECRET'),
      api: { token: env('PROVE_API_TOKEN'), baseUrl: env('PROVE_GITHUB_URL'), listing: env('PROVE_GITHUB_HOOK') },
      mirror: true,
      reconcile: RESTLESS,
    },
    stripe: {
      provider: 'stripe',
      secret: env('PROVE_STRIPE_SECRET'),
      api: { token: env('PROVE_API_TOKEN'), baseUrl: env('PROVE_STRIPE_URL') },
      mirror: true,
      reconcile: RESTLESS,
    },
    'team-connect': {
      provider: 'team-connect',
      secret: env('PROVE_TEAM_CONNECT_SECRET'),
      api: { token: env('PROVE_API_TOKEN'), baseUrl: env('PROVE_TEAM_CONNECT_URL') },
      mirror: true,
      reconcile: { ...RESTLESS, every: '10s', settle: '10s' },
    },
    orders: { provider: 'standard-webhooks', secret: env('PROVE_ORDERS_SECRET'), mirror: true },
  },
})
