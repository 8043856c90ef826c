import { isDeepStrictEqual } from 'node:util'
import type { Truth } from './world.ts'

/**
 * A sentence for every entity that a mirror shows otherwise than it is; none when the mirror is exact. In both, the state of what
 * is gone is undefined.
 */
export function mirrorDifferences(truths: readonly Truth[], mirror: readonly Truth[]): string[] {
  const mirrored = new Map(mirror.map((row) => [nameOf(row), row]))
  const differences: string[] = []
  for (const truth of truths) {
    const name = nameOf(truth)
    const row = mirrored.get(name)
    mirrored.delete(name)
    const difference = row === undefined ? 'is missing' : differs(row.state, truth.state)
    if (difference !== undefined) differences.push(`${name} ${difference}`)
  }
  for (const name of mirrored.keys()) differences.push(`${name} never existed`)
  return differences
}

const nameOf = ({ entity }: Truth): string => `${entity.kind} ${entity.id}`

function differs(mirrored: unknown, truth: unknown): string | undefined {
  if (isDeepStrictEqual(mirrored, truth)) return undefined
  if (truth === undefined) return 'is kept, although it is gone'
  return mirrored === undefined ? 'is a tombstone, although it is there' : 'is not in its last state'
}
