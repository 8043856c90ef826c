/** `provider/type` with `*` standing for any run of characters: `stripe/invoice.paid`, `stripe/customer.*`, `github/*`. */
export type EventPattern = `${string}/${string}`

const PATTERN = /^[a-z0-9-]+\/[\w.*:-]+$/i

export function assertEventPattern(pattern: string): asserts pattern is EventPattern {
  if (!PATTERN.test(pattern)) {
    throw new Error(
      `"${pattern}" is not an event pattern: write provider/type, for example stripe/invoice.paid or stripe/customer.*`,
    )
  }
}

export function matchesEvent(pattern: string, provider: string, type: string): boolean {
  const name = `${provider}/${type}`
  if (!pattern.includes('*')) return pattern === name
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(name)
}

/** The most specific pattern wins: an exact one first, then the one with the most literal characters. */
export function compareSpecificity(a: string, b: string): number {
  return specificity(b) - specificity(a) || (a < b ? -1 : 1)
}

const specificity = (pattern: string): number =>
  pattern.includes('*') ? pattern.replaceAll('*', '').length : Number.MAX_SAFE_INTEGER
