import { z } from 'zod'
import type { Provider } from '../../providers/provider.ts'
import type { SourceSecret } from '../../providers/source.ts'
import type { Environment } from '../settings.ts'

export interface SecretResolution {
  /** ID of the source. */
  source: string
  provider: Provider
  /** The variable of the current secret. */
  name: string
  environment: Environment
  problems: string[]
  warnings: string[]
}

/** The secrets that a source accepts, current first, each with the slot it stands in. `current` is '' where it is missing. */
export function resolveSecrets(current: string, resolution: SecretResolution): SourceSecret[] {
  const { name, environment } = resolution
  const secrets: SourceSecret[] = [{ slot: 'current', value: current }]
  const previous = environment[`${name}_PREVIOUS`]
  const until = resolveExpiry(resolution)
  if (previous) secrets.push({ slot: 'previous', value: previous, ...(until !== undefined && { until }) })
  const next = environment[`${name}_NEXT`]
  if (next) secrets.push({ slot: 'next', value: next })
  for (const { slot, value } of secrets) {
    const variable = slot === 'current' ? name : `${name}_${slot.toUpperCase()}`
    if (value !== '') resolution.warnings.push(...secretWarnings(resolution, variable, value))
  }
  return secrets
}

function resolveExpiry({ name, environment, problems, warnings }: SecretResolution): Date | undefined {
  const text = environment[`${name}_PREVIOUS_UNTIL`]
  if (!text) return undefined
  if (!z.iso.datetime({ offset: true }).safeParse(text).success) {
    problems.push(`${name}_PREVIOUS_UNTIL must be a time such as 2026-01-31T12:00:00Z; it is "${text}".`)
    return undefined
  }
  const until = new Date(text)
  if (!environment[`${name}_PREVIOUS`]) {
    warnings.push(`${name}_PREVIOUS_UNTIL is set, and ${name}_PREVIOUS is not: remove it.`)
  } else if (until.getTime() <= Date.now()) {
    warnings.push(
      `${name}_PREVIOUS is not accepted since ${until.toISOString()}: remove it, and ${name}_PREVIOUS_UNTIL.`,
    )
  }
  return until
}

function secretWarnings({ source, provider }: SecretResolution, variable: string, value: string): string[] {
  if (value !== value.trim()) {
    return [`${variable} begins or ends with white space, which counts: remove it unless the provider has it, too.`]
  }
  const doubt = provider.checkSecret?.(value)
  return doubt === undefined ? [] : [`${variable} of source ${source}: ${doubt}`]
}
