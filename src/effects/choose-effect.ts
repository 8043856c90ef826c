import { type ListedEffect, listEffects } from '../storage/effects.ts'
import type { Executor } from '../storage/pool.ts'
import { effectLabel } from './name-effect.ts'

export interface WantedEffect {
  /** The event key. */
  key: string
  /** Of any handler, where it is not said. */
  handler?: string
  /** `name/discriminator`, or the name alone where that says enough. */
  label: string
}

/** The one effect that a person means, or a sentence that says why there is none. What was superseded is not meant. */
export async function chooseEffect(ledger: Executor, wanted: WantedEffect): Promise<ListedEffect | string> {
  const { key, handler, label } = wanted
  const effects = (await listEffects(ledger, key)).filter((effect) => effect.handler === (handler ?? effect.handler))
  const standing = effects.filter(({ redoneAt }) => redoneAt === null)
  const exact = standing.filter((effect) => effectLabel(effect) === label)
  const meant = exact.length > 0 ? exact : standing.filter(({ name }) => name === label)
  const [effect, ...others] = meant
  if (effect !== undefined && others.length === 0) return effect
  if (effect !== undefined) return `Say which one: ${listing(meant)}.`
  if (effects.some((one) => effectLabel(one) === label)) return `${label} is to be done again already.`
  return effects.length === 0 ? 'There are no effects yet.' : `There is no effect ${label}, but ${listing(effects)}.`
}

const listing = (effects: ListedEffect[]): string =>
  [...new Set(effects.map((effect) => `${effectLabel(effect)} of ${effect.handler}`))].join(', ')
