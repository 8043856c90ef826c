import assert from 'node:assert/strict'
import { VerificationError } from '../../domain/errors.ts'

/**
 * A refusal is a VerificationError with an answer for the sender; anything else that is thrown is a bug of the
 * provider.
 */
export function assertRefusal(error: unknown): asserts error is VerificationError {
  assert.ok(error instanceof VerificationError, `not a VerificationError: ${String(error)}`)
  assert.ok(error.status >= 400 && error.status < 500, `${error.code} answers ${error.status}`)
}

/** Waits for the refusal, and checks that its answer is `status`. */
export async function expectRefusal(attempt: () => unknown, status: number, what: string): Promise<void> {
  let accepted: unknown
  try {
    accepted = await attempt()
  } catch (error) {
    assertRefusal(error)
    assert.equal(error.status, status, `${what}: ${error.code}`)
    return
  }
  assert.fail(`${what} was accepted: ${JSON.stringify(accepted)}`)
}
