import type { ProviderApiOptions } from './api.ts'
import type { CanonicalReader } from './provider.ts'

/** What a provider gives out for a credential, for a while. */
export interface AccessToken {
  token: string
  expiresInSeconds: number
}

/** A token is not used for the last minute of its life: a call takes time, and clocks differ. */
const MARGIN_MS = 60_000

/** The credential of a reader's calls: the source's token itself, or one that is bought with it when it is needed. */
export function credentialHeaders(
  { authorize, exchange }: Pick<CanonicalReader, 'authorize' | 'exchange'>,
  { token, baseUrl }: { token: string; baseUrl: string },
): ProviderApiOptions['headers'] {
  if (exchange === undefined) return authorize(token)
  const current = keepToken(() => exchange(token, baseUrl))
  return async ({ renew }) => authorize(await current(renew))
}

/** Keeps a token for as long as it lives. Callers that come while it is bought share it; a failed purchase is not kept. */
export function keepToken(buy: () => Promise<AccessToken>, clock: () => number = Date.now) {
  let kept: { token: Promise<string>; until: number } | undefined
  return (renew: boolean): Promise<string> => {
    if (kept !== undefined && !renew && clock() < kept.until) return kept.token
    const bought = { token: purchase(), until: Infinity }
    kept = bought
    return bought.token

    async function purchase(): Promise<string> {
      try {
        const { token, expiresInSeconds } = await buy()
        bought.until = clock() + expiresInSeconds * 1_000 - MARGIN_MS
        return token
      } catch (error) {
        if (kept === bought) kept = undefined
        throw error
      }
    }
  }
}
