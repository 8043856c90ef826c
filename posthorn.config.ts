import { defineConfig, env } from 'posthorn'

export default defineConfig({
  sources: {
    github: {
      provider: 'github',
      secret: env('GITHUB_WEBHOOK_SECRET'),
      api: { token: env('GITHUB_API_TOKEN'), baseUrl: env('GITHUB_API_URL'), listing: env('GITHUB_HOOK_PATH') },
      mirror: true,
    },
    stripe: {
      provider: 'stripe',
      secret: env('STRIPE_WEBHOOK_SECRET'),
      api: { token: env('STRIPE_API_KEY'), baseUrl: env('STRIPE_API_URL') },
      mirror: true,
    },
    'team-connect': {
      provider: 'team-connect',
      secret: env('TEAMCONNECT_WEBHOOK_SECRET'),
      api: { token: env('TEAMCONNECT_API_TOKEN'), baseUrl: env('TEAMCONNECT_API_URL') },
      mirror: true,
    },
    orders: {
      provider: 'standard-webhooks',
      secret: env('ORDERS_WEBHOOK_SECRET'),
      mirror: true,
    },
  },
  // The systems outside that the reference workflows talk to. What is unset is left out.
  settings: {
    alerts: env('ALERTS_URL'),
    analysis: env('ANALYSIS_URL'),
    analytics: env('ANALYTICS_URL'),
    buildServer: env('BUILD_SERVER_URL'),
    cdn: env('CDN_URL'),
    crm: env('CRM_URL'),
    mailFrom: env('MAIL_FROM'),
    recordings: env('RECORDINGS_FOLDER'),
    search: env('SEARCH_URL'),
    sms: env('SMS_GATEWAY_URL'),
    smtp: env('SMTP_URL'),
    transcription: env('TRANSCRIPTION_URL'),
  },
})
