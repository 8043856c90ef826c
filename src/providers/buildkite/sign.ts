import { peekJsonBody } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import type { SignOptions } from '../provider.ts'
import { signature } from './verify.ts'

/** The headers of a service that is set to sign. */
export function sign(
  body: Buffer,
  secret: string,
  { now, type = textOf(peekJsonBody(body)?.['event']) }: SignOptions,
): Record<string, string> {
  return {
    'user-agent': 'Buildkite-Request',
    ...(type !== undefined && { 'x-buildkite-event': type }),
    ...signature.sign(body, secret, now),
  }
}
