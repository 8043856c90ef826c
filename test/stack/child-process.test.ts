import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startChild } from '../../src/stack/child-process.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const shell = (script: string, stopTimeoutMs = 10_000) =>
  startChild({
    command: '/bin/sh',
    args: ['-c', script],
    env: { ONLY: 'this' },
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
  })

test('a child is stopped with its signal, and its last lines are kept', async () => {
  const child = await shell(`trap 'echo bye; exit 7' TERM; echo "$ONLY:$HOME"; while :; do sleep 0.01; done`)
  await eventually(() => child.output() === 'this:')
  assert.deepEqual(await child.stop(), { code: 7, signal: null })
  await eventually(() => child.output() === 'this:\nbye')
})

test('a child that ignores the signal is killed after the deadline', async () => {
  const child = await shell(`trap '' TERM; echo ready; while :; do sleep 0.01; done`, 100)
  await eventually(() => child.output() === 'ready')
  assert.deepEqual(await child.stop(), { code: null, signal: 'SIGKILL' })
})

test('a program that is not there is an error, not a child', async () => {
  const options = { args: [], env: {}, stopSignal: 'SIGTERM', stopTimeoutMs: 1 } as const
  await assert.rejects(startChild({ command: '/no/such/program', ...options }), { code: 'ENOENT' })
})

test('a child does not outlive a parent that is killed', async (t) => {
  const story = join(await temporaryDirectory(t), 'story')
  const script = join(import.meta.dirname, 'parent-of-one.ts')
  const parent = spawn(process.execPath, ['--import', 'tsx', script, story], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(parent.stdout, 'data')
  await eventually(async () => (await readFile(story, 'utf8')) === 'up\n')
  parent.kill('SIGKILL')
  await eventually(async () => (await readFile(story, 'utf8')) === 'up\nasked to end\n')
})
