import type { Absorb } from '../../receiver/absorbing-inbox.ts'
import type { Keyring } from '../../sealing/keyring.ts'
import type { Environment } from '../settings.ts'

/** A second place that keeps events: see docs/outages.md. */
export interface Absorber {
  absorb: Absorb
  /** Rejects when it cannot be reached. */
  isUp(): Promise<boolean>
  close(): Promise<void>
}

/**
 * Loads Temporal's client only when it is first asked for: a receiver that absorbs nothing never has it in memory, and none waits
 * for it at its start.
 */
export function createAbsorberOnDemand(environment: Environment, keyring: Keyring): Absorber {
  let loading: Promise<Absorber> | undefined
  const load = (): Promise<Absorber> =>
    (loading ??= import('./connect-absorber.ts').then(({ connectAbsorber }) => connectAbsorber(environment, keyring)))
  return {
    absorb: async (event) => (await load()).absorb(event),
    isUp: async () => (await load()).isUp(),
    close: async () => (await loading)?.close(),
  }
}
