import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge, type Stored } from '../../src/prove/judge.ts'
import { createWitness } from '../../src/prove/witness.ts'

async function findingsOf(stored: Partial<Stored>, witness = createWitness()): Promise<string[]> {
  const nothing: Stored = { records: noRecords(), anomalies: [], strayLetters: [] }
  const { findings } = await judge({ ...nothing, ...stored }, witness)
  return findings.map(({ kind, source, eventId, what }) => `${kind}: ${source} ${eventId} ${what}`)
}

async function* noRecords(): Stored['records'] {}

test('a dead letter whose event is not there is found', async () => {
  const strayLetters = [{ key: 'a-key', source: 'github', handler: 'mirror', code: 'run_lost' }]
  const told = 'lost: github a-key is no event, and has a dead letter of mirror: run_lost'
  assert.deepEqual(await findingsOf({ strayLetters }), [told])
})

test('a genuine webhook that was refused is found, whatever became of its event', async () => {
  const witness = createWitness()
  const sent = {
    source: 'github',
    eventId: '1',
    manner: 'genuine',
    duplicate: undefined,
    ms: 1,
    willRetry: false,
  } as const
  witness.record({ ...sent, status: 401, code: 'invalid_signature' })
  assert.deepEqual(await findingsOf({}, witness), [
    'refused: github 1 was refused as invalid_signature, and is genuine',
  ])
})
