import ipaddr from 'ipaddr.js'
import type { Middleware } from 'koa'
import type { Source } from '../providers/source.ts'
import { Refusal } from './answer.ts'
import { type RateLimit, type RateLimiter, createRateLimiter } from './rate-limit.ts'
import type { HookState, RequestState } from './request-state.ts'

export interface AddressLimit {
  middleware: Middleware<RequestState>
  /** A verified request does not count: one provider sends all its traffic from a few addresses. */
  giveBack(address: string | undefined): void
}

/** 429 for an address that sends more than its share of requests which are not proved genuine. Tokens cannot be guessed faster, either. */
export function limitPerAddress(limit: RateLimit): AddressLimit {
  const limiter = createRateLimiter(limit)
  return {
    middleware: (ctx, next) => {
      take(limiter, addressKey(ctx.state.client.address), limit)
      return next()
    },
    giveBack: (address) => limiter.giveBack(addressKey(address)),
  }
}

/** 429 above the limit that the operator set for a source, verified or not. */
export function limitPerSource(sources: readonly Source[]): Middleware<HookState> {
  const limiters = new Map<string, { limiter: RateLimiter; limit: RateLimit }>()
  for (const { id, rateLimit } of sources) {
    if (rateLimit !== undefined) limiters.set(id, { limiter: createRateLimiter(rateLimit), limit: rateLimit })
  }
  return (ctx, next) => {
    const { id } = ctx.state.source
    const limited = limiters.get(id)
    if (limited !== undefined) take(limited.limiter, id, limited.limit)
    return next()
  }
}

function take(limiter: RateLimiter, key: string, limit: RateLimit): void {
  const waitMs = limiter.take(key)
  if (waitMs === 0) return
  const seconds = String(Math.ceil(waitMs / 1_000))
  throw new Refusal('rate_limited', {
    'Retry-After': seconds,
    'RateLimit-Limit': String(limit.burst),
    'RateLimit-Remaining': '0',
    'RateLimit-Reset': seconds,
  })
}

/** Whoever has one IPv6 address usually has the 2^64 of its network. */
function addressKey(address = ''): string {
  return address.includes(':') ? ipaddr.IPv6.parse(address).parts.slice(0, 4).join(':') : address
}
