/** Of one round: rates per second, times in ms. */
export interface Rates {
  rps: number
  p50: number
  p99: number
}

/** The value below which `share` of the values lie. Sorts in place. */
export function percentile(values: Float64Array, share: number): number {
  if (values.length === 0) throw new Error('there is nothing to take a percentile of')
  values.sort()
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] as number
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  if (low === undefined || high === undefined) throw new Error('there is nothing to take a median of')
  return (low + high) / 2
}

/** As many digits as the measurement is worth. */
export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))

/** In ms. */
export interface Percentiles {
  p50: number
  p99: number
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values)
  return { p50: rounded(percentile(sorted, 0.5), 1), p99: rounded(percentile(sorted, 0.99), 1) }
}
