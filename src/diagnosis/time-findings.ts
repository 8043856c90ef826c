import type { ErrorCode } from '../domain/errors.ts'
import type { Finding } from './diagnosis.ts'
import type { Specimen } from './specimen.ts'
import { BODY, type StatedTime } from './times.ts'

interface Circumstances {
  now: number
  specimen: Specimen | undefined
  code: ErrorCode | undefined
}

const ABOUT_TIME = new Set<ErrorCode | undefined>(['stale_timestamp', 'bad_timestamp', 'missing_timestamp'])

/** The times that the request states in the headers that prove it, or else in its body, and how old they are. */
export function timeFindings(times: readonly StatedTime[], { now, specimen, code }: Circumstances): Finding[] {
  const inProof = times.filter(({ place }) => specimen?.needed.some((name) => place.startsWith(name)) ?? place !== BODY)
  const stated = inProof.length > 0 || !ABOUT_TIME.has(code) ? inProof : times.filter(({ place }) => place === BODY)
  if (stated.length === 0) {
    const detail = 'No time that could be read stands where the time of sending belongs.'
    return ABOUT_TIME.has(code) ? [{ check: 'time', result: 'wrong', detail }] : []
  }
  return stated.map(({ place, at }) => ({
    check: 'time',
    result: code === 'stale_timestamp' ? 'wrong' : 'noted',
    detail: `${place} says ${new Date(at * 1000).toISOString()}, ${ageOf(now - at)}.`,
  }))
}

/** `3 min 5 s before it came` */
export function ageOf(seconds: number): string {
  const size = Math.abs(seconds)
  const [days, hours, minutes] = [Math.floor(size / 86_400), Math.floor(size / 3600) % 24, Math.floor(size / 60) % 60]
  const parts = [
    [days, 'd'],
    [hours, 'h'],
    [minutes, 'min'],
    [size % 60, 's'],
  ] as const
  const text = parts
    .filter(([count]) => count > 0)
    .slice(0, 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
  if (text === '') return 'just when it came'
  return seconds > 0 ? `${text} before it came` : `${text} after it came`
}
