import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SlotsTakenError, createSlotShares } from '../../src/temporal/slot-shares.ts'

/** Work that lasts until it is told to end. */
function holding() {
  let end = (): void => undefined
  const done = new Promise<void>((resolve) => (end = resolve))
  return { work: () => done, end }
}

test('a source holds half of the slots at most, and is sent away at once for more', async () => {
  const shares = createSlotShares({ sources: 2, activities: 4, localActivities: 2 })
  const { work, end } = holding()
  const held = [shares.run('slow', false, work), shares.run('slow', false, work)]
  await assert.rejects(shares.run('slow', false, work), SlotsTakenError)
  assert.equal(await shares.run('other', false, () => Promise.resolve(1)), 1)
  assert.equal(await shares.run('slow', true, () => Promise.resolve(2)), 2, 'local activities have slots of their own')
  end()
  await Promise.all(held)
  assert.equal(await shares.run('slow', false, () => Promise.resolve(3)), 3)
})

test('work that fails gives its slot back', async () => {
  const shares = createSlotShares({ sources: 2, activities: 2, localActivities: 2 })
  for (let n = 0; n < 5; n += 1)
    await assert.rejects(
      shares.run('a', false, () => Promise.reject(new Error('no'))),
      /no/,
    )
})

test('those who are sent away come back one after the other, at the rate at which slots come free', async () => {
  const shares = createSlotShares({ sources: 2, activities: 2, localActivities: 2 })
  await shares.run('slow', false, () => new Promise((resolve) => setTimeout(resolve, 1_000)))
  const { work, end } = holding()
  const held = shares.run('slow', false, work)
  const waits: number[] = []
  for (let n = 0; n < 5; n += 1) {
    await shares.run('slow', false, work).catch((error: unknown) => waits.push((error as SlotsTakenError).retryAfterMs))
  }
  assert.ok(
    waits.every((wait, index) => index === 0 || wait > (waits[index - 1] ?? 0)),
    waits.join(),
  )
  end()
  await held
})

test('the only source of a worker, and work of no source, have all of it', async () => {
  const shares = createSlotShares({ sources: 1, activities: 2, localActivities: 2 })
  const { work, end } = holding()
  const held = [shares.run('only', false, work), shares.run('only', false, work)]
  await assert.rejects(shares.run('only', false, work), SlotsTakenError)
  const shared = createSlotShares({ sources: 2, activities: 2, localActivities: 2 })
  held.push(...Array.from({ length: 5 }, () => shared.run(undefined, false, work)))
  end()
  await Promise.all(held)
})
