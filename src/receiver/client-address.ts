import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { type CidrList, normalAddress } from './cidr-list.ts'

export interface Client {
  /** Undefined when the connection is already gone. */
  address: string | undefined
  /** The request travelled over TLS, to us or to a trusted proxy. */
  secure: boolean
}

/** Says who called. `X-Forwarded-*` counts only as far as each hop that wrote it is a trusted proxy: anybody can send these headers. */
export function createClientReader(trustedProxies: CidrList): (request: IncomingMessage) => Client {
  return (request) => {
    const peer = peerAddress(request)
    const encrypted = (request.socket as Partial<TLSSocket>).encrypted === true
    if (peer === undefined || !trustedProxies.contains(peer)) return { address: peer, secure: encrypted }
    return {
      address: forwardedAddress(peer, request.headers['x-forwarded-for'], trustedProxies),
      secure: encrypted || lastOf(request.headers['x-forwarded-proto']) === 'https',
    }
  }
}

function peerAddress(request: IncomingMessage): string | undefined {
  const address = request.socket.remoteAddress
  // An IPv4 address of the socket needs no tidying, and is what nearly every request has.
  return address?.includes(':') ? normalAddress(address) : address
}

/** Walks from the nearest hop outwards and stops at the first address that is not one of our proxies. */
function forwardedAddress(peer: string, header: string | string[] | undefined, trustedProxies: CidrList): string {
  let address = peer
  for (const hop of entriesOf(header).reverse()) {
    const next = normalAddress(hop)
    if (next === undefined) return address
    address = next
    if (!trustedProxies.contains(next)) return address
  }
  return address
}

/** The nearest proxy writes last; what stands before it may have come from the client. */
const lastOf = (header: string | string[] | undefined): string | undefined => entriesOf(header).at(-1)?.toLowerCase()

const entriesOf = (header: string | string[] | undefined): string[] =>
  header === undefined
    ? []
    : header
        .toString()
        .split(',')
        .map((entry) => entry.trim())
