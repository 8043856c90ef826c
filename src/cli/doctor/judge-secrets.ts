import type { Source } from '../../providers/source.ts'
import type { SeenSlot } from '../../storage/secret-slots.ts'
import { type Finding, ok, warning } from './finding.ts'

/** Secrets that are on their way out and that nothing needs any more. A source of which nothing was seen lately proves nothing. */
export function judgeRotations(sources: readonly Source[], seen: readonly SeenSlot[]): Finding[] {
  return sources.flatMap(({ id, secrets }) => {
    const slots = seen.filter(({ source }) => source === id).map(({ slot }) => slot)
    const isRotating = secrets.some(({ slot }) => slot === 'previous')
    if (!isRotating || slots.length === 0 || slots.includes('previous')) return []
    const mend = 'Remove the variable that ends in _PREVIOUS: whoever knows it can still sign.'
    return [warning('secrets', `nothing is signed with the previous secret of source ${id} any more`, mend)]
  })
}

/** Whether refused requests are kept. */
export function judgeQuarantine(hasKey: boolean): Finding {
  if (hasKey) return ok('quarantine', 'requests refused as forged or stale are kept for 72 hours')
  return warning(
    'quarantine',
    'off',
    'Set POSTHORN_CODEC_KEY (`openssl rand -base64 32` makes one): without it, what a wrong secret refuses is lost.',
  )
}
