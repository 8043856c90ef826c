import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Mortal, type Running, createMortal } from '../../src/main/prove/mortal.ts'
import { startChild } from '../../src/stack/child-process.ts'
import { eventually } from '../support/eventually.ts'

/** A process that does nothing, and the IDs of all of its lives. */
async function mortalSleep(t: TestContext, freeze?: Running['freeze']): Promise<{ mortal: Mortal; pids: number[] }> {
  const pids: number[] = []
  const mortal = await createMortal(async () => {
    const sleep = {
      command: 'sleep',
      args: ['300'],
      env: process.env,
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 1_000,
    } as const
    const child = await startChild(sleep)
    pids.push(child.pid)
    return { ...child, ...(freeze && { freeze }) }
  })
  t.after(mortal.stop)
  return { mortal, pids }
}

test('what is killed runs again, and is no crash', async (t) => {
  const { mortal, pids } = await mortalSleep(t)
  assert.equal(await mortal.kill(0), true)
  assert.equal(pids.length, 2)
  assert.equal(mortal.crashes, 0)
})

test('what ends of itself runs again, and is counted', async (t) => {
  const { mortal, pids } = await mortalSleep(t)
  process.kill(pids[0] as number, 'SIGTERM')
  await eventually(() => assert.equal(pids.length, 2))
  assert.equal(mortal.crashes, 1)
})

test('a kill that comes too late is none, and the end of the process is counted as its own', async (t) => {
  const { mortal, pids } = await mortalSleep(t)
  process.kill(pids[0] as number, 'SIGTERM')
  block(500)
  assert.equal(await mortal.kill(0), false)
  assert.equal(mortal.crashes, 1)
  assert.equal(pids.length, 2)
})

test('what cannot be stopped is left alone, and nothing else suffers', async (t) => {
  const { mortal } = await mortalSleep(t, () => Promise.reject(new Error('timeout exceeded when trying to connect')))
  assert.equal(await mortal.pause(1), false)
  const other = await mortalSleep(t)
  assert.equal(await other.mortal.pause(1), true)
})

/** Time passes, and nobody here can be told of anything meanwhile. */
const block = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
