import type { ReconcileSettings } from '../providers/source.ts'
import type { Span } from '../storage/coverage.ts'

/** Windows to list, and the stretch before them that no list reaches. */
export interface WindowPlan {
  windows: Span[]
  unprovable?: Span
}

const DAY_MS = 86_400_000

/** What the schedule has to do next: from where it stands, less the overlap, to now, less the settle lag. */
export function planSchedule(options: {
  now: Date
  watermark: Date | undefined
  settings: ReconcileSettings
  horizonMs: number
}): WindowPlan {
  const { now, watermark, settings } = options
  const to = wholeSecond(now.getTime() - settings.settleMs)
  if (watermark !== undefined && to <= watermark) return { windows: [] }
  const from = wholeSecond(
    watermark === undefined ? to.getTime() - settings.lookBackMs : watermark.getTime() - settings.overlapMs,
  )
  return planSpan({ from, to }, now, options.horizonMs)
}

/** The stretch of time that a person asked for. */
export const spanOf = ({ from, to }: { from: string; to: string }): Span => ({
  from: wholeSecond(Date.parse(from)),
  to: wholeSecond(Date.parse(to)),
})

/** What a person asked for, as far as it is in the past. */
export function planRequest({ from, to }: Span, now: Date, horizonMs: number): WindowPlan {
  const span = { from, to: to < now ? to : wholeSecond(now.getTime()) }
  return span.from < span.to ? planSpan(span, now, horizonMs) : { windows: [] }
}

function planSpan({ from, to }: Span, now: Date, horizonMs: number): WindowPlan {
  // An hour's grace: a first look back may be exactly as long as the horizon.
  const horizon = wholeSecond(Math.max(now.getTime() - horizonMs, 0))
  const isCut = horizon.getTime() - from.getTime() > 3_600_000
  if (isCut && horizon >= to) return { windows: [], unprovable: { from, to } }
  const windows = days({ from: isCut ? horizon : from, to }, from)
  return isCut ? { windows, unprovable: { from, to: horizon } } : { windows }
}

/**
 * Pieces of a day at most: what is noted of a list while it is read stays bounded. Their borders lie whole days behind `begin`, so that a
 * request has the same ones tomorrow, when its list reaches back less far.
 */
function days({ from, to }: Span, begin: Date): Span[] {
  const pieces: Span[] = []
  for (let at = from; at < to;) {
    const passed = Math.floor((at.getTime() - begin.getTime()) / DAY_MS)
    const next = new Date(Math.min(begin.getTime() + (passed + 1) * DAY_MS, to.getTime()))
    pieces.push({ from: at, to: next })
    at = next
  }
  return pieces
}

/** Providers state times in whole seconds: a border within one would belong to both sides. */
const wholeSecond = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000)
