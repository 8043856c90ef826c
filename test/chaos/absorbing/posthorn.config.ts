import { defineConfig, env } from 'posthorn'

/** The repository's own installation, with a source that outlives an outage of Postgres. */
export default defineConfig({
  workflows: '../../../workflows/index.ts',
  activities: '../../../activities/index.ts',
  sources: {
    'team-connect': {
      provider: 'team-connect',
      secret: env('TEAMCONNECT_WEBHOOK_SECRET'),
      api: { token: env('TEAMCONNECT_API_TOKEN'), baseUrl: env('TEAMCONNECT_API_URL') },
      mirror: true,
      absorb: true,
    },
    orders: { provider: 'standard-webhooks', secret: env('ORDERS_WEBHOOK_SECRET') },
  },
})
