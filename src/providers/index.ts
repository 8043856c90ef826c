import { adyen } from './adyen/index.ts'
import { bitbucket } from './bitbucket/index.ts'
import { caseManagement } from './case-management/index.ts'
import { generic } from './generic/index.ts'
import { github } from './github/index.ts'
import { gitlab } from './gitlab/index.ts'
import { linear } from './linear/index.ts'
import { messagebird } from './messagebird/index.ts'
import { notion } from './notion/index.ts'
import { paypal } from './paypal/index.ts'
import type { Provider } from './provider.ts'
import { sendgrid } from './sendgrid/index.ts'
import { shopify } from './shopify/index.ts'
import { slack } from './slack/index.ts'
import { standardWebhooks } from './standard-webhooks/index.ts'
import { stripe } from './stripe/index.ts'
import { teamConnect } from './team-connect/index.ts'
import { telnyx } from './telnyx/index.ts'
import { tenant } from './tenant/index.ts'
import { twilio } from './twilio/index.ts'
import { vonage } from './vonage/index.ts'
import { x402 } from './x402/index.ts'

/** The shipped providers by name. */
export const providers = {
  github,
  stripe,
  'team-connect': teamConnect,
  'standard-webhooks': standardWebhooks,
  adyen,
  bitbucket,
  'case-management': caseManagement,
  generic,
  gitlab,
  linear,
  messagebird,
  notion,
  paypal,
  sendgrid,
  shopify,
  slack,
  telnyx,
  tenant,
  twilio,
  vonage,
  x402,
} satisfies Record<string, Provider>

export type ProviderName = keyof typeof providers
