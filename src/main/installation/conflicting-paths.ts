import type { Source } from '../../providers/source.ts'

/** Health answers stand here, for people and for the probes of senders. */
const RESERVED = ['/health', '/webhooks/health']

/** A sentence for every path that two sources would answer, and for every one in the way of the health answers. */
export function conflictingPaths(sources: readonly Pick<Source, 'id' | 'path'>[]): string[] {
  const problems = sources
    .filter((source) => RESERVED.some((path) => source.path === path || source.path.startsWith(`${path}/`)))
    .map(({ id, path }) => `sources.${id}.path: ${path} is reserved for health checks; choose another.`)
  const owners = new Map<string, string>()
  for (const { id, path } of sources) {
    const owner = owners.get(path)
    if (owner !== undefined) problems.push(`Sources ${owner} and ${id} have the same path ${path}; give one another.`)
    owners.set(path, owner ?? id)
  }
  return problems
}
