import { InvalidArgumentError } from 'commander'

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const AGO = /^(\d{1,6})([mhd])$/
const TIME = /^\d{4}-\d\d-\d\d(T.+)?$/

/** Parses the value of an option: a time as ISO 8601, or how long ago: `30m`, `2h`, `7d`. */
export function moment(text: string): Date {
  const [, count, unit] = AGO.exec(text) ?? []
  if (count !== undefined) return new Date(Date.now() - Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS])
  const time = new Date(TIME.test(text) ? text : NaN)
  if (!Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError('It must be a time, as 2026-11-21T09:00Z, or how long ago, as 30m, 2h or 7d.')
}
