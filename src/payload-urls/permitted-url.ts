import type { Source } from '../providers/source.ts'
import { permanent } from '../kit/failures.ts'
import { type AddressRules, assertPermittedHost } from './public-address.ts'

/** Where the URLs of a source's payloads may lead. */
export interface UrlRules {
  /** With the port, where it is not 443. */
  hosts: ReadonlySet<string>
  /** This machine, too, and by plain http: for stand-ins, and never in production. */
  loopback: boolean
}

export function urlRulesOf({ api, urls }: Pick<Source, 'api' | 'urls'>, isProduction: boolean): UrlRules {
  const own = api === undefined ? [] : [new URL(api.baseUrl).host]
  return { hosts: new Set([...own, ...(urls?.hosts ?? [])]), loopback: urls?.loopback === true && !isProduction }
}

const LOOPBACK_HOST = /^(localhost|127(\.\d+){3}|\[::1\])$/

/**
 * The URL, and which addresses it may reach.
 * @throws ApplicationFailure for good: `url_malformed`, `url_not_https`, `url_host_refused` or `url_address_refused`.
 */
export function permittedUrl(text: string, { hosts, loopback }: UrlRules): { url: URL; addresses: AddressRules } {
  if (!URL.canParse(text)) throw permanent('url_malformed', 'The payload names something that is no URL')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    throw permanent('url_malformed', `The URL to ${url.host} carries a credential of its own`)
  }
  const addresses = { loopback: loopback && /^https?:$/.test(url.protocol) && LOOPBACK_HOST.test(url.hostname) }
  if (!addresses.loopback) {
    if (url.protocol !== 'https:') throw permanent('url_not_https', `The URL to ${url.host} is not https`)
    if (!hosts.has(url.host)) throw permanent('url_host_refused', `${url.host} is no host of this source`)
  }
  assertPermittedHost(url.hostname, addresses)
  return { url, addresses }
}
