import { newSecret } from '../providers/new-secret.ts'
import type { Provider, SecretPair, WebhookRequest } from '../providers/provider.ts'
import { type Recipe, searchDigests } from './digests.ts'
import { neededHeaders } from './judge.ts'

/** The request at hand as its provider would have signed it: what the right headers look like. */
export interface Specimen {
  headers: Readonly<Record<string, string>>
  /** Those without which nothing verifies. */
  needed: string[]
  /** How the signature is made, where it is a keyed hash in a header. */
  recipe: Recipe | undefined
}

/** Undefined where nobody but the provider can sign. */
export async function makeSpecimen(
  provider: Provider,
  request: WebhookRequest,
  secret: string,
): Promise<Specimen | undefined> {
  for (const pair of [{ sign: secret, verify: secret }, newSecret(provider)]) {
    const signed = sign(provider, request, pair)
    if (signed === undefined) continue
    const needed = await neededHeaders(provider, signed, [pair.verify], NOW)
    const { recipes } = searchDigests(signed, [pair.sign])
    return { headers: signed.headers, needed, recipe: recipes.find(({ header }) => needed.includes(header)) }
  }
  return undefined
}

/** Any moment will do: nobody but us judges it. */
const NOW = 1_767_225_600

function sign(provider: Provider, { body, url, method }: WebhookRequest, pair: SecretPair): WebhookRequest | undefined {
  const facts = { now: NOW, url, id: 'evt_specimen' }
  try {
    const bytes = provider.embedSignature?.(body, pair.sign, facts) ?? body
    return { method, url, body: bytes, headers: provider.sign(bytes, pair.sign, facts) }
  } catch {
    return undefined
  }
}
