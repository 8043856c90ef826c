import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { inTurn } from '../../src/main/dev/in-turn.ts'
import { watchFiles } from '../../src/main/dev/watch-files.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('work never runs twice at the same time, and what is asked for meanwhile is done once afterwards', async () => {
  const releases: (() => void)[] = []
  const turns = inTurn(() => new Promise((resolve) => releases.push(resolve)))
  const first = turns.ask()
  await eventually(() => releases.length === 1)
  const later = [turns.ask(), turns.ask(), turns.ask()]
  assert.equal(releases.length, 1)
  releases[0]?.()
  await eventually(() => releases.length === 2)
  releases[1]?.()
  await Promise.all([first, ...later])
  assert.equal(releases.length, 2)
})

test('whoever waits for quiet waits for what runs, and gives up what has not begun', async () => {
  let runs = 0
  let release: (() => void) | undefined
  const turns = inTurn(() => {
    runs += 1
    return new Promise((resolve) => (release = resolve))
  })
  void turns.ask()
  await eventually(() => release !== undefined)
  void turns.ask()
  const quiet = turns.idle()
  release?.()
  await quiet
  assert.equal(runs, 1)
})

test('changes in watched folders and of watched files are reported, also when an editor replaces the file', async (t) => {
  const root = await temporaryDirectory(t)
  const code = await temporaryDirectory(t)
  const file = join(root, 'posthorn.config.ts')
  await writeFile(file, 'one')
  const changed = new Set<string>()
  const stop = watchFiles({
    folders: [code, join(root, 'absent')],
    files: [file],
    onChange: (names) => names.forEach((name) => changed.add(name)),
  })
  t.after(stop)
  await writeFile(join(root, 'unrelated.txt'), '')
  await writeFile(join(code, 'index.ts'), 'two')
  await eventually(() => changed.has('index.ts'))
  await writeFile(`${file}.tmp`, 'two')
  await rename(`${file}.tmp`, file)
  await eventually(() => changed.has('posthorn.config.ts'))
  assert.deepEqual([...changed].sort(), ['index.ts', 'posthorn.config.ts'])
})
