import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crossings } from './borders.ts'
import { sourceFiles } from './source-files.ts'

test('no file imports what its room may not', () => {
  assert.deepEqual(sourceFiles().flatMap(crossings), [])
})

const CROSSINGS = [
  ['src/domain/event.ts', `import { hash } from 'node:crypto'`, 'values of node:crypto'],
  ['src/kit/workflow.ts', `export { providers } from '../providers/index.ts'`, 'values of src/providers/index.ts'],
  ['src/receiver/app.ts', `import type { Client } from '@temporalio/client'`, 'types of @temporalio/client'],
  ['src/receiver/app.ts', `const it = await import('../main/engine.ts')`, 'values of src/main/engine.ts'],
  ['src/temporal/workflows/index.ts', `import { bundle } from '../bundle.ts'`, 'values of src/temporal/bundle.ts'],
  ['workflows/stripe/customer.ts', `import { x } from '../../activities/index.ts'`, 'values of activities/index.ts'],
  ['activities/index.ts', `import { x } from '../src/kit/activity.ts'`, 'values of src/kit/activity.ts'],
  ['posthorn.config.ts', `import { permanent } from 'posthorn/activity'`, 'values of posthorn/activity'],
  ['activities/index.ts', `type X = typeof import('../src/storage/pool.ts')`, 'types of src/storage/pool.ts'],
] as const

for (const [path, text, what] of CROSSINGS) {
  test(`${path} may not import ${what}`, () => {
    assert.deepEqual(crossings({ path, text }), [`${path} imports ${what}`])
  })
}

test('a file that stands in no room is found', () => {
  assert.match(crossings({ path: 'src/newcomer/index.ts', text: '' })[0] ?? '', /stands in no room/)
})
