/** A small generator of its own, so that a failure comes back with its seed. */
export function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

export type Random = (below: number) => number

const SCRAPS = [
  '',
  ' ',
  ',',
  '=',
  't=',
  'v1,',
  'v1=',
  'v1a,',
  'sha256=',
  '\0',
  '%',
  '\ud800',
  '9'.repeat(30),
  'null',
  '{}',
  'a'.repeat(64),
  // What every object has.
  'constructor',
  '__proto__',
]

export const scrap = (random: Random): string =>
  random(3) === 0
    ? String.fromCharCode(...Array.from({ length: random(40) }, () => random(300)))
    : (SCRAPS[random(SCRAPS.length)] ?? '')

export function mutateText(text: string, random: Random): string {
  const at = random(text.length + 1)
  const kept = random(3)
  return text.slice(0, at) + scrap(random) + (kept === 0 ? '' : text.slice(at + kept - 1))
}

export function mutateHeaders(headers: Readonly<Record<string, string>>, random: Random): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const choice = random(8)
    if (choice === 0) return []
    if (choice === 1) return [[name, scrap(random)]]
    if (choice === 2) return [[name, `${value}, ${value}`]]
    return [[name, choice === 3 ? mutateText(value, random) : value]]
  })
  return Object.fromEntries(entries)
}

export function mutateBody(body: Buffer, random: Random, isJson: boolean): Buffer {
  const choice = random(isJson ? 4 : 2)
  if (choice === 0) return Buffer.from(mutateText(body.toString('latin1'), random), 'latin1')
  if (isJson && choice === 1)
    return Buffer.from(JSON.stringify(mutateValue(JSON.parse(body.toString()) as unknown, random)))
  return body
}

/** Puts something unfit in place of one value somewhere in the tree. */
function mutateValue(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random(4) === 0) {
    return [null, true, -1, 1.5, 1e300, '', '..', '\0', [], {}, scrap(random)][random(11)]
  }
  const keys = Object.keys(value)
  const key = keys[random(keys.length)]
  return key === undefined ? {} : { ...value, [key]: mutateValue((value as Record<string, unknown>)[key], random) }
}
