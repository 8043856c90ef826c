import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPaint } from '../../src/cli/terminal/paint.ts'
import { type StepsOptions, createSteps } from '../../src/cli/terminal/steps.ts'

function watched(options: Partial<StepsOptions> = {}) {
  let text = ''
  const write = (more: string) => void (text += more)
  const steps = createSteps({ write, isTerminal: false, columns: 60, paint: createPaint(false), ...options })
  return { steps, seen: () => text }
}

const SECONDS = /\d+\.\d s/g

test('without a terminal a step is a line of news and a line with its result', async () => {
  const { steps, seen } = watched()
  const value = await steps.run({
    name: 'Servers',
    work: async (say) => {
      say('starting')
      say('almost there')
      return 42
    },
    result: (answer) => `the answer is ${answer}`,
  })
  assert.equal(value, 42)
  const lines = seen().replace(SECONDS, 'n s').split('\n')
  assert.deepEqual(lines, ['  · Servers       starting', '  ✓ Servers       the answer is 42  n s', ''])
})

test('in a terminal a step keeps to one line, which news never make wrap', async () => {
  const { steps, seen } = watched({ isTerminal: true })
  await steps.run({
    name: 'Servers',
    work: async (say) => {
      say('a very long piece of news '.repeat(10))
      await new Promise((resolve) => setTimeout(resolve, 200))
    },
    result: () => 'up',
  })
  const drawn = seen().split('\r\u001b[2K').slice(1)
  assert.ok(drawn.length > 2)
  assert.ok(drawn.slice(0, -1).every((line) => line.length <= 60 && !line.includes('\n')))
  assert.ok(drawn.some((line) => line.includes('a very long')))
  assert.match(drawn.at(-1) ?? '', /✓ Servers +up +\d\.\d s\n$/)
})

test('a step that fails says so, and passes the error on', async () => {
  const { steps, seen } = watched()
  const work = () => Promise.reject(new Error('no disk'))
  await assert.rejects(steps.run({ name: 'Servers', work, result: () => '' }), /no disk/)
  assert.match(seen(), /✗ Servers +failed/)
})

test('abandoned steps go on unseen', async () => {
  const { steps, seen } = watched()
  let release = (): void => undefined
  const running = steps.run({
    name: 'Servers',
    work: () => new Promise<void>((resolve) => (release = resolve)),
    result: () => 'up',
  })
  steps.abandon()
  release()
  await running
  assert.equal(await steps.run({ name: 'Later', work: async () => 7, result: () => 'done' }), 7)
  assert.equal(seen(), '  – Servers       interrupted\n')
})
