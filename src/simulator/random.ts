/** Chance that repeats itself: the same seed gives the same world. Not for secrets. */
export interface Random {
  /** In [0, 1). */
  fraction(): number
  /** In [from, to]. */
  integer(from: number, to: number): number
  chance(probability: number): boolean
  /** @throws RangeError when there is nothing to pick from. */
  pick<T>(items: readonly T[]): T
  /** Letters and digits, as in `cus_Q8vWmZ3x`. */
  token(length: number): string
  digits(length: number): string
  hex(length: number): string
  uuid(): string
  /** A generator of its own, so that what one world draws never shifts what another draws. */
  fork(name: string): Random
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const HEXADECIMAL = '0123456789abcdef'

export function createRandom(seed: string): Random {
  const fraction = mulberry32(fnv1a(seed))
  const integer = (from: number, to: number): number => from + Math.floor(fraction() * (to - from + 1))
  const text = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet.charAt(integer(0, alphabet.length - 1))).join('')
  const hex = (length: number): string => text(HEXADECIMAL, length)
  return {
    fraction,
    integer,
    chance: (probability) => fraction() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('There is nothing to pick from.')
      return items[integer(0, items.length - 1)] as (typeof items)[number]
    },
    token: (length) => text(ALPHANUMERIC, length),
    digits: (length) => text('0123456789', length),
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'.charAt(integer(0, 3))}${hex(3)}-${hex(12)}`,
    fork: (name) => createRandom(`${seed}/${name}`),
  }
}

/** FNV-1a: spreads similar seeds far apart. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** Mulberry32: 32 bits of state are plenty for a world of some thousand things. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
