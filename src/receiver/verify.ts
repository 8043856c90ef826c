import type { WebhookRequest } from '../providers/provider.ts'
import type { Source, SourceSecret } from '../providers/source.ts'

/**
 * Proves that the request comes from the source's provider, and says under which of its secrets.
 * @throws VerificationError
 */
export async function verify(source: Source, request: WebhookRequest, at: Date): Promise<SourceSecret['slot']> {
  const secrets = source.secrets.map(({ value }) => value)
  const { secretIndex } = await source.provider.verify(request, secrets, Math.floor(at.getTime() / 1_000))
  const secret = source.secrets[secretIndex]
  if (secret === undefined) throw new Error(`${source.provider.name} verified with a secret that it was not given`)
  return secret.slot
}
