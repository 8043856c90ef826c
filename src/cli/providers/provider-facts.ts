import type { Provider } from '../../providers/provider.ts'

/** What an operator should know of a provider, as its definition states it. */
export interface ProviderFacts {
  provider: string
  /** How a request is proven. */
  scheme?: string
  idSigned: boolean
  /** Undefined where it is not documented, as with the next one, which is empty where nothing is ever sent again. */
  ackWithinSeconds?: number
  retryAfterSeconds?: readonly number[]
  deliveryNote?: string
  /** The kinds of entity that its API shows. Empty: it has none to read, and the verified body is the state. */
  fetches: readonly string[]
  lists: Listed
}

/** What can be compared with what arrived. `needsPlace`: only with the source's `api.listing`. */
export type Listed =
  | { what: 'events'; daysBack: number; needsPlace: boolean }
  | { what: 'entities'; kinds: readonly string[]; needsPlace: boolean }
  | { what: 'nothing' }

const DAY_MS = 86_400_000

export function providerFacts(provider: Provider): ProviderFacts {
  const { name, scheme, idSigned, canonical, delivery = {} } = provider
  const { ackWithinSeconds, retryAfterSeconds, note } = delivery
  return {
    provider: name,
    ...(scheme !== undefined && { scheme }),
    idSigned,
    ...(ackWithinSeconds !== undefined && { ackWithinSeconds }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(note !== undefined && { deliveryNote: note }),
    fetches: 'view' in canonical ? [] : canonical.kinds,
    lists: listed(provider),
  }
}

function listed({ listing, entityListing }: Provider): Listed {
  if (listing !== undefined) {
    const { horizonMs, needsPlace = false } = listing
    return { what: 'events', daysBack: Math.round(horizonMs / DAY_MS), needsPlace }
  }
  if (entityListing === undefined) return { what: 'nothing' }
  const { kinds, needsPlace = false } = entityListing
  return { what: 'entities', kinds, needsPlace }
}
