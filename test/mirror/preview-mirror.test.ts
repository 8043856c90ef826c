import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { EventRef } from '../../src/domain/event.ts'
import { type MirrorPreviewOptions, mirrors, previewMirror } from '../../src/mirror/preview-mirror.ts'
import { ApiError } from '../../src/providers/api.ts'
import type { CanonicalRead } from '../../src/providers/provider.ts'
import { saveEntity } from '../../src/storage/entities.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let pool: Pool
let reads: string[]
const answers = new Map<string, CanonicalRead>()
const source = toySource({ mirror: true })
const KEY = '00000000-0000-4000-8000-000000000001'

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())
beforeEach(async () => {
  await pool.query('truncate posthorn.entities')
  answers.clear()
  reads = []
})

const about = (id: string): EventRef => ({
  ...{
    schemaVersion: 1,
    kit: 1,
    key: KEY,
    source: 'toy',
    provider: 'toy',
    eventId: `evt_${id}`,
    type: 'thing.changed',
  },
  ...{ handler: 'mirror', attempt: 2, receivedAt: new Date().toISOString(), entity: { kind: 'thing', id } },
})

const preview = (ids: string[], more: Partial<MirrorPreviewOptions> = {}) =>
  previewMirror(ids.map(about), {
    executor: pool,
    sources: new Map([['toy', source]]),
    readers: {
      async read({ entity }) {
        reads.push(entity?.id ?? '')
        const answer = answers.get(entity?.id ?? '')
        if (answer === undefined) throw new ApiError('the API answered 503', { status: 503 })
        return answer
      },
      probe: async () => undefined,
    },
    maxEntities: 20,
    budgetMs: 10_000,
    ...more,
  })

const mirrored = (id: string, state: unknown, version: bigint): Promise<boolean> =>
  saveEntity(pool, { source: 'toy', entity: { kind: 'thing', id }, version, state, eventKey: KEY })

test('each entity is compared with what the provider says now, and nothing is written', async () => {
  await mirrored('same', { size: 1 }, 1n)
  await mirrored('changed', { size: 1, color: 'red' }, 1n)
  await mirrored('newer', { size: 9 }, 9n)
  await mirrored('gone', { size: 1 }, 1n)
  answers.set('same', { found: true, state: { size: 1 } })
  answers.set('changed', { found: true, state: { size: 2 }, version: 2n })
  answers.set('newer', { found: true, state: { size: 8 }, version: 8n })
  answers.set('gone', { found: false })
  answers.set('added', { found: true, state: { size: 1 } })
  const rows = async () => (await pool.query<object>('select * from posthorn.entities order by entity_id')).rows
  const before = await rows()
  const previews = await preview(['same', 'changed', 'newer', 'gone', 'added', 'away'])
  assert.deepEqual(
    previews.map(({ entity, change }) => [entity.id, change]),
    [
      ['same', 'none'],
      ['changed', 'changed'],
      ['newer', 'none'],
      ['gone', 'absent'],
      ['added', 'new'],
      ['away', 'unknown'],
    ],
  )
  assert.deepEqual(previews[1]?.fields, [
    { path: 'size', before: 1, after: 2 },
    { path: 'color', before: 'red' },
  ])
  assert.equal(previews[5]?.problem, 'the API answered 503')
  assert.deepEqual(await rows(), before)
})

test('an entity is read once, and no more of them than there is a budget for', async () => {
  for (const id of ['a', 'b', 'c']) answers.set(id, { found: false })
  await preview(['a', 'a', 'b', 'c'], { maxEntities: 2 })
  assert.deepEqual(reads, ['a', 'b'])
  assert.deepEqual(await preview(['a'], { budgetMs: -1 }), [])
})

test('only a run of the mirror, or an event that is routed anew, touches it', () => {
  const event = { entity: { kind: 'thing', id: 'a' } }
  assert.equal(mirrors(source, event, 'mirror'), true)
  assert.equal(mirrors(source, event, null), true)
  assert.equal(mirrors(toySource({ mirror: false }), event, null), false)
  assert.equal(mirrors(source, event, 'toyPlain'), false)
  assert.equal(mirrors(source, {}, 'mirror'), false)
  assert.equal(mirrors(source, { entity: { kind: 'other', id: 'a' } }, 'mirror'), false)
})
