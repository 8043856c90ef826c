import type { WebhookRequest } from '../providers/provider.ts'
import type { Source, SourceSecret } from '../providers/source.ts'

/** Two clocks that are the same but for requests that are verified long after they came. */
export interface VerifyTimes {
  /** When the request was received: its timestamp is compared with this. */
  at: Date
  /** Decides which secrets are accepted. Default: `at`. */
  now?: Date
}

/**
 * Proves that the request comes from the source's provider, and says under which of its secrets.
 * @throws VerificationError
 */
export async function verify(
  source: Source,
  request: WebhookRequest,
  { at, now = at }: VerifyTimes,
): Promise<SourceSecret['slot']> {
  const accepted = source.secrets.filter(({ until }) => until === undefined || now < until)
  const values = accepted.map(({ value }) => value)
  const { secretIndex } = await source.provider.verify(request, values, Math.floor(at.getTime() / 1_000))
  const secret = accepted[secretIndex]
  if (secret === undefined) throw new Error(`${source.provider.name} verified with a secret that it was not given`)
  return secret.slot
}
