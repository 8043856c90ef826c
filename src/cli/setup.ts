export interface SetupResult {
  namespace: string
  /** Sentences about what was changed in Temporal, or could not be. */
  changes: readonly string[]
  routes: { hash: string; deployed: boolean; offered: number }
}

/** What `posthorn setup` did, for people. */
export function setupLines({ namespace, changes, routes }: SetupResult): string[] {
  const temporal = changes.length === 0 ? [`Namespace ${namespace} has all that is needed.`] : changes.map(capital)
  const table = routes.deployed
    ? `Route table ${routes.hash} is deployed.`
    : `Route table ${routes.hash} was deployed already.`
  const offered = routes.offered === 0 ? [] : [`${routes.offered} unrouted events have a route now and are queued.`]
  return [...temporal, table, ...offered]
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
