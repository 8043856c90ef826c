import type { Discriminator, EffectTerms } from '../kit/effects.ts'
import { sha256 } from '../storage/event-key.ts'
import type { EffectKey, NewEffect } from '../storage/effects.ts'
import type { RunKey } from '../storage/runs.ts'
import { isStorableText } from '../storage/storable-text.ts'

/** Without a slash, so that `name/discriminator` names an effect for an operator. */
const NAME = /^[^/\0]{1,100}$/
const MAX_DISCRIMINATOR_LENGTH = 500

/** @throws TypeError when the name or the discriminator cannot be a key. */
export function nameEffect({ key, handler }: RunKey, name: string, which: Discriminator): EffectKey {
  const discriminator = String(which)
  if (!NAME.test(name) || !isStorableText(name)) {
    throw new TypeError(`An effect's name has 1 to 100 characters and no slash: ${JSON.stringify(name)}`)
  }
  if (discriminator.length > MAX_DISCRIMINATOR_LENGTH || !isStorableText(discriminator)) {
    throw new TypeError(
      `The discriminator of ${name} is longer than ${MAX_DISCRIMINATOR_LENGTH} characters, or no text`,
    )
  }
  return { key, handler, name, discriminator }
}

/** The effect that a run asks for, with its arguments reduced to a hash. */
export function describeEffect(run: RunKey, name: string, which: Discriminator | EffectTerms): NewEffect {
  const { discriminator, args } = typeof which === 'object' ? which : { discriminator: which, args: undefined }
  return {
    ...nameEffect(run, name, discriminator),
    attempt: run.attempt,
    argumentsHash: args === undefined ? null : sha256(JSON.stringify(args, sortFields)),
  }
}

/** The order in which an object's fields were set says nothing of what it is. */
function sortFields(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** For messages, and for `posthorn replay --redo`. */
export const effectLabel = ({ name, discriminator }: Pick<EffectKey, 'name' | 'discriminator'>): string =>
  discriminator === '' ? name : `${name}/${discriminator}`
