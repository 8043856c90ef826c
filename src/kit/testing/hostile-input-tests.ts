import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WebhookRequest } from '../../providers/provider.ts'
import { assertRefusal } from './expect-refusal.ts'
import { NOW, type Subject } from './provider-harness.ts'

const ROUNDS = 3000

/** A small generator of its own, so that a failure comes back with its seed. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

type Random = (below: number) => number

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
]

const scrap = (random: Random): string =>
  random(3) === 0
    ? String.fromCharCode(...Array.from({ length: random(40) }, () => random(300)))
    : (SCRAPS[random(SCRAPS.length)] ?? '')

function mutateText(text: string, random: Random): string {
  const at = random(text.length + 1)
  const kept = random(3)
  return text.slice(0, at) + scrap(random) + (kept === 0 ? '' : text.slice(at + kept - 1))
}

function mutateHeaders(headers: Readonly<Record<string, string>>, random: Random): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const choice = random(8)
    if (choice === 0) return []
    if (choice === 1) return [[name, scrap(random)]]
    if (choice === 2) return [[name, `${value}, ${value}`]]
    return [[name, choice === 3 ? mutateText(value, random) : value]]
  })
  return Object.fromEntries(entries)
}

function mutateBody(body: Buffer, random: Random, isJson: boolean): Buffer {
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

export function hostileInputTests({ provider, harness, current, request, verify }: Subject): void {
  const isJson = harness.wire !== 'form'
  const coversBody = harness.covers !== 'fields'
  test(`throws nothing but refusals in ${ROUNDS} rounds of mutated requests, and accepts no changed body`, async () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = seeded(seed)
      const good = request()
      const hostile = {
        ...good,
        headers: mutateHeaders(good.headers, random),
        body: mutateBody(good.body, random, isJson),
      }
      const secrets = random(4) === 0 ? [scrap(random), mutateText(current.verify, random)] : [current.verify]
      await tolerates(seed, async () => {
        await verify(hostile, { secrets, now: random(4) === 0 ? random(2 ** 31) : NOW })
        assert.ok(!coversBody || hostile.body.equals(harness.body), `seed ${seed}: a changed body was accepted`)
      })
      await tolerates(seed, () => {
        checkEnvelopes(hostile)
      })
    }
  })

  function checkEnvelopes(hostile: WebhookRequest): void {
    for (const { id, type, entity, occurredAt } of provider.identify(hostile)) {
      assert.ok(type.length > 0 && id !== '' && entity?.kind !== '' && entity?.id !== '', 'an empty name')
      assert.ok(occurredAt === undefined || !Number.isNaN(occurredAt.getTime()), 'a time that is none')
    }
  }
}

async function tolerates(seed: number, attempt: () => unknown): Promise<void> {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    try {
      assertRefusal(error)
    } catch (cause) {
      throw new Error(`seed ${seed} made the provider throw`, { cause })
    }
  }
}
