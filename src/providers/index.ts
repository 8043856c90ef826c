import { adyen } from './adyen/index.ts'
import { bitbucket } from './bitbucket/index.ts'
import { buildkite } from './buildkite/index.ts'
import { calendly } from './calendly/index.ts'
import { caseManagement } from './case-management/index.ts'
import { circleci } from './circleci/index.ts'
import { generic } from './generic/index.ts'
import { github } from './github/index.ts'
import { gitlab } from './gitlab/index.ts'
import { linear } from './linear/index.ts'
import type { Providers } from './load-providers.ts'
import { messagebird } from './messagebird/index.ts'
import { notion } from './notion/index.ts'
import { paypal } from './paypal/index.ts'
import { sendgrid } from './sendgrid/index.ts'
import { shopify } from './shopify/index.ts'
import { slack } from './slack/index.ts'
import { standardWebhooks } from './standard-webhooks/index.ts'
import { stripe } from './stripe/index.ts'
import { svix } from './svix/index.ts'
import { teamConnect } from './team-connect/index.ts'
import { telnyx } from './telnyx/index.ts'
import { tenant } from './tenant/index.ts'
import { twilio } from './twilio/index.ts'
import { vonage } from './vonage/index.ts'
import { x402 } from './x402/index.ts'

/** All shipped providers, by name: for tests and tools. The engine loads those that it serves, from load-providers.ts. */
export const providers: Providers = {
  github,
  stripe,
  'team-connect': teamConnect,
  'standard-webhooks': standardWebhooks,
  adyen,
  bitbucket,
  buildkite,
  calendly,
  'case-management': caseManagement,
  circleci,
  generic,
  gitlab,
  linear,
  messagebird,
  notion,
  paypal,
  sendgrid,
  shopify,
  slack,
  svix,
  telnyx,
  tenant,
  twilio,
  vonage,
  x402,
}
