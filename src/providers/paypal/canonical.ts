import { ApiError, createProviderApi } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import type { CanonicalReader } from '../provider.ts'
import { type EntityPaths, restReader } from '../rest-reader.ts'

/** Always there for an app, and small: the probe where a resource has no list of its own. */
const WEBHOOKS = '/v1/notifications/webhooks'

const at = (collection: string, probe = WEBHOOKS) => {
  return (id: string): EntityPaths => ({ read: `${collection}/${encodeURIComponent(id)}`, probe })
}
const listed = (collection: string) => at(collection, `${collection}?page_size=1`)

const reader = restReader({
  baseUrl: 'https://api-m.paypal.com',
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  paths: {
    authorization: at('/v2/payments/authorizations'),
    capture: at('/v2/payments/captures'),
    'checkout-order': at('/v2/checkout/orders'),
    dispute: listed('/v1/customer/disputes'),
    invoices: listed('/v2/invoicing/invoices'),
    payouts: at('/v1/payments/payouts'),
    payouts_item: at('/v1/payments/payouts-item'),
    plan: listed('/v1/billing/plans'),
    product: listed('/v1/catalogs/products'),
    refund: at('/v2/payments/refunds'),
    sale: at('/v1/payments/sale'),
    subscription: at('/v1/billing/subscriptions', '/v1/billing/plans?page_size=1'),
  },
})

/** The source's token is `<client ID>:<client secret>`; PayPal gives a bearer token for it, which holds for some hours. */
export const canonical: CanonicalReader = {
  ...reader,
  async exchange(token, baseUrl) {
    const authorization = `Basic ${Buffer.from(token).toString('base64')}`
    const grant = new URLSearchParams({ grant_type: 'client_credentials' })
    const { status, json } = await createProviderApi({ baseUrl, headers: { authorization } }).post(
      '/v1/oauth2/token',
      grant,
    )
    const { access_token: accessToken, expires_in: expiresIn } = isJsonObject(json) ? json : {}
    const bought = textOf(accessToken)
    if (bought === undefined || typeof expiresIn !== 'number')
      throw new ApiError('PayPal answered no access token', { status })
    return { token: bought, expiresInSeconds: expiresIn }
  },
}
