import { describe } from 'node:test'
import type { Provider } from '../../providers/provider.ts'
import { canonicalTests } from './canonical-tests.ts'
import { hostileInputTests } from './hostile-input-tests.ts'
import { identityTests } from './identity-tests.ts'
import { subjectOf, type ProviderHarness } from './provider-harness.ts'
import { signatureTests } from './signature-tests.ts'
import { timeTests } from './time-tests.ts'

/**
 * Registers, with Node's test runner, the tests that every provider must pass: what it accepts, what it refuses and
 * how, that nothing else is ever thrown, that an event keeps its identity, and how its API is read. Call it in a test
 * file.
 */
export function providerConformance(provider: Provider, harness: ProviderHarness): void {
  const subject = subjectOf(provider, harness)
  describe(`${provider.name} conforms`, () => {
    signatureTests(subject)
    timeTests(subject)
    identityTests(subject)
    hostileInputTests(subject)
    canonicalTests(subject)
  })
}
