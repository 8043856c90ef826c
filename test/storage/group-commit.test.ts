import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGroupCommit } from '../../src/storage/group-commit.ts'

/** A flush that a test lets through by hand. */
function gate() {
  const batches: number[][] = []
  const open: (() => void)[] = []
  const flush = (items: number[]): Promise<number[]> => {
    batches.push(items)
    return new Promise((resolve) => open.push(() => resolve(items.map((item) => item * 10))))
  }
  return { batches, open, flush }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('what is added in one turn shares a flush, and each caller gets its own result', async () => {
  const { batches, open, flush } = gate()
  const commits = createGroupCommit({ flush })
  const results = [1, 2, 3].map(commits.add)
  await turn()
  open[0]?.()
  assert.deepEqual(await Promise.all(results), [10, 20, 30])
  assert.deepEqual(batches, [[1, 2, 3]])
})

test('no more than two flushes are in flight; what comes meanwhile waits and goes together', async () => {
  const { batches, open, flush } = gate()
  const commits = createGroupCommit({ flush })
  const results: Promise<number>[] = []
  for (const item of [1, 2, 3, 4, 5]) {
    results.push(commits.add(item))
    await turn()
  }
  assert.deepEqual(batches, [[1], [2]])
  assert.equal(commits.pending, 5)
  open[0]?.()
  await results[0]
  await turn()
  assert.deepEqual(batches, [[1], [2], [3, 4, 5]])
  for (const next of open) next()
  await commits.drain()
  assert.equal(commits.pending, 0)
})

test('beside a flush that is on its way, another one starts only with as much again', async () => {
  const { batches, open, flush } = gate()
  const commits = createGroupCommit({ flush })
  const results = [1, 2, 3].map(commits.add)
  await turn()
  results.push(commits.add(4), commits.add(5))
  await turn()
  assert.deepEqual(batches, [[1, 2, 3]])
  results.push(commits.add(6))
  await turn()
  assert.deepEqual(batches, [
    [1, 2, 3],
    [4, 5, 6],
  ])
  results.push(commits.add(7))
  for (const next of open) next()
  await Promise.all(results.slice(0, 6))
  await turn()
  assert.deepEqual(batches.at(-1), [7])
  open.at(-1)?.()
  await commits.drain()
})

test('a flush is bounded in items and in bytes, and a single large item still goes', async () => {
  const batches: number[][] = []
  const flush = async (items: number[]) => {
    batches.push(items)
    return items
  }
  const byCount = createGroupCommit({ flush, maxItems: 2, maxInFlight: 1 })
  await Promise.all([1, 2, 3].map(byCount.add))
  const bySize = createGroupCommit({ flush, maxBytes: 10, maxInFlight: 1, sizeOf: (item: number) => item })
  await Promise.all([50, 4, 4, 4].map(bySize.add))
  assert.deepEqual(batches, [[1, 2], [3], [50], [4, 4], [4]])
})

test('a failed flush fails its own items only, and an error among the results only its own item', async () => {
  const commits = createGroupCommit<number, number>({
    maxItems: 2,
    flush: async (items) => {
      if (items.includes(1)) throw new Error('no database')
      return items.map((item) => (item === 4 ? new Error('bad item') : item))
    },
  })
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map(commits.add))
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
})
