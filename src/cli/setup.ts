import type { SetUpReport } from '../temporal/setup.ts'

export interface SetupResult extends SetUpReport {
  namespace: string
  routes: { hash: string; deployed: boolean }
}

/** What `posthorn setup` did, for people. */
export function setupLines({ namespace, changes, refusals, routes }: SetupResult): string[] {
  const isReady = changes.length + refusals.length === 0
  const table = routes.deployed ? 'is deployed' : 'was deployed already'
  return [
    ...(isReady ? [`Namespace ${namespace} has all that is needed.`] : []),
    ...changes.map((change) => `Done: ${change}.`),
    ...refusals.map((refusal) => `Left for you, because Temporal refused it: ${refusal}.`),
    `Route table ${routes.hash} ${table}.`,
  ]
}
