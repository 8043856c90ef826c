import type { FieldDifference } from '../../domain/field-differences.ts'
import type { MirrorPreview } from '../../mirror/preview-mirror.ts'

const SAYS: Record<Exclude<MirrorPreview['change'], 'unknown'>, string> = {
  none: 'stays as it is',
  new: 'would be added',
  changed: 'would change',
  absent: 'is not found now; it becomes a tombstone if that persists',
}

/** What replayed runs of the mirror would change, entity by entity. */
export const mirrorLines = (previews: readonly MirrorPreview[]): string[] =>
  previews.flatMap(({ source, entity, change, fields, problem }) => [
    `  ${source} ${entity.kind} ${entity.id} ${change === 'unknown' ? `cannot be compared: ${problem}` : SAYS[change]}`,
    ...fields.map(fieldLine),
  ])

const fieldLine = (field: FieldDifference): string =>
  `    ${field.path || '(all)'}: ${shown(field, 'before')} → ${shown(field, 'after')}`

const MAX_SHOWN = 60

function shown(field: FieldDifference, side: 'before' | 'after'): string {
  if (!(side in field)) return 'nothing'
  const text = JSON.stringify(field[side])
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`
}
