import { lookup } from 'node:dns'
import { type LookupFunction, isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { permanent } from '../kit/failures.ts'

/** Whether an address is one of the public Internet: not this machine, a private network, or a range with a meaning of its own. */
export const isPublicAddress = (address: string): boolean => ipaddr.process(address).range() === 'unicast'

const isLoopback = (address: string): boolean => ipaddr.process(address).range() === 'loopback'

export interface AddressRules {
  /** Only this machine is reached, in place of the public Internet. */
  loopback: boolean
}

/** @throws ApplicationFailure `url_address_refused`, for good. */
function assertPermitted(host: string, address: string, { loopback }: AddressRules): void {
  if (loopback ? isLoopback(address) : isPublicAddress(address)) return
  throw permanent('url_address_refused', `${host} leads to ${address}, which URLs of payloads may not reach`)
}

/** A host that is an address is never looked up. */
export function assertPermittedHost(hostname: string, rules: AddressRules): void {
  const address = hostname.replace(/^\[|\]$/g, '')
  if (isIP(address) !== 0) assertPermitted(hostname, address, rules)
}

/**
 * Looks a name up, and gives back addresses that were checked: the connection is made to these, so that a second answer of the name
 * server cannot lead elsewhere. One address that is not permitted refuses the name.
 */
export const checkedLookup =
  (rules: AddressRules, resolve: typeof lookup = lookup): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      try {
        for (const { address } of addresses) assertPermitted(hostname, address, rules)
      } catch (refusal) {
        return callback(refusal as Error, [])
      }
      const [first] = addresses
      if (options.all === true) callback(null, addresses)
      else callback(null, first?.address ?? '', first?.family)
    })
  }
