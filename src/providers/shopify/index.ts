import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Shopify: one shop's webhooks, and the newer events with their shorter headers. Types are topics with a dot: `orders.create`. */
export const shopify = defineProvider({
  name: 'shopify',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: false,
  listKey: 'entity',
  verify,
  identify,
  sign,
  schemas,
  canonical,
  entityListing,
  delivery: {
    ackWithinSeconds: 5,
    note: 'Eight attempts within four hours, with the payload of the first; a subscription made by API that fails eight times in a row is deleted.',
  },
  checkSecret: (secret) => checkSecret(secret, { minLength: 32 }),
  scheme: 'HMAC-SHA256 of the raw body in base64 in X-Shopify-Hmac-Sha256; no time is signed.',
  setUp: {
    hook: '`shopify.app.toml` or the API for an app; Settings → Notifications → Webhooks for a shop.',
    secret: 'The client secret of the app; for a shop’s own webhooks the key that is shown below them.',
    token: 'An Admin API access token, `shpat_…`.',
    baseUrl: 'The shop: `https://<shop>.myshopify.com`.',
  },
  notes: [
    'A topic is written with a dot: `orders/create` is the type `orders.create`.',
    'The topic stands in a header that is not signed, so a body that cannot be of it is refused, and one that denies it is parked: an order that is not paid under `orders/paid`. Shopify’s own test notifications may be such.',
    'The same body counts once, whatever topic it comes under, but for topics that it bears out: a subscription that leaves out fields must keep `created_at`, `updated_at` and the states of an order.',
    'Nothing in its body tells `app/uninstalled` from `shop/update`: ask the API whether the token is good before what depends on it is deleted.',
    'A new client secret takes effect within the hour: keep the old one as `_PREVIOUS` meanwhile.',
  ],
})
