import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export interface CidrList {
  /** Expects an address as `normalAddress` writes it. */
  contains(address: string): boolean
}

/**
 * Matches addresses against CIDR ranges and single addresses. `::ffff:192.0.2.1` counts as the IPv4 address it stands for.
 * @throws Error that names the entry which is neither.
 */
export function createCidrList(entries: readonly string[]): CidrList {
  const ranges = entries.map(parseRange)
  return {
    contains(address) {
      if (ranges.length === 0 || isIP(address) === 0) return false
      const parsed = ipaddr.process(address)
      return ranges.some(([base, bits]) => parsed.kind() === base.kind() && parsed.match(base, bits))
    },
  }
}

function parseRange(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const [address = '', prefix, ...rest] = entry.split('/')
  const family = isIP(address)
  const longest = family === 4 ? 32 : 128
  const bits = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN
  if (family === 0 || rest.length > 0 || !(bits <= longest)) {
    throw new Error(`"${entry}" is neither an IP address nor a CIDR range such as 192.0.2.0/24`)
  }
  const parsed = ipaddr.parse(address)
  const mapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && bits >= 96
  return mapped ? [parsed.toIPv4Address(), bits - 96] : [parsed, bits]
}

/** One spelling for each address: no zone, no port, IPv4 never wrapped in IPv6. Undefined for anything that is no address. */
export function normalAddress(text: string): string | undefined {
  const bare = stripPort(text.trim())
  const zone = bare.indexOf('%')
  const address = zone === -1 ? bare : bare.slice(0, zone)
  const family = isIP(address)
  if (family === 4) return address
  return family === 6 ? ipaddr.process(address).toString() : undefined
}

/** `192.0.2.1:4711` and `[2001:db8::1]:4711`, as some proxies write them. */
function stripPort(text: string): string {
  if (text.startsWith('[')) return text.slice(1, text.indexOf(']'))
  const colon = text.indexOf(':')
  return colon !== -1 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text
}
