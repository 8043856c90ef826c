import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { found, pages } from './pages.ts'
import { ROOT, sourceFiles } from './source-files.ts'

const scripts = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts,
)

const RELATIVE_LINK = /\]\((?!https?:|#)([^)#]+)/g

test('every relative link leads somewhere', () => {
  const links = found(RELATIVE_LINK)
  assert.ok(links.length > 10)
  assert.deepEqual(
    links.filter(({ path, what }) => !existsSync(join(ROOT, dirname(path), what))),
    [],
  )
})

test('every file and folder that is named is there', () => {
  const named = found(/`((?:src|test|docs|deploy|workflows|activities|migrations|scripts|bench|bin)\/[\w./-]*)`/g)
  assert.ok(named.length > 10)
  assert.deepEqual(
    named.filter(({ what }) => !existsSync(join(ROOT, what))),
    [],
  )
})

test('every npm script that is named exists', () => {
  const named = [...found(/npm run ([\w:]+)/g), ...found(/npm (test)\b/g)]
  assert.ok(named.length > 10)
  assert.deepEqual(
    named.filter(({ what }) => !scripts.includes(what)),
    [],
  )
})

test('every setting that is named exists', async () => {
  const { settingRows } = await import('../../src/main/settings/settings-table.ts')
  const settings = settingRows().map(({ setting }) => setting.name)
  assert.deepEqual(
    found(/`(POSTHORN_[A-Z_]+[A-Z])`/g).filter(({ what }) => !settings.includes(what)),
    [],
  )
})

test('every status that a sender may be answered stands in the README, and no other', async () => {
  const { ERRORS } = await import('../../src/domain/errors.ts')
  const readme = pages.filter(({ path }) => path === 'README.md')
  const documented = new Set(found(/^\| (\d{3}) +\|/gm, readme).map(({ what }) => Number(what)))
  const answered = new Set(Object.values(ERRORS).map(({ status }) => status))
  assert.deepEqual([...documented].sort(), [200, ...answered].sort())
})

test('every room and every table stands on the page about the architecture', () => {
  const { text } = pages.find(({ path }) => path === 'docs/architecture.md') ?? assert.fail()
  const rooms = readdirSync(join(ROOT, 'src')).map((name) => `src/${name}`)
  const schema = readFileSync(join(ROOT, 'test/schema.sql'), 'utf8')
  const tables = [...schema.matchAll(/^create table posthorn\.(\w+)/gm)].map(([, name = '']) => name)
  assert.ok(tables.length > 30)
  assert.deepEqual(
    [...rooms, ...tables].filter((name) => !text.includes(`\`${name}\``)),
    [],
  )
})

test('decisions are numbered without holes, and code names none that is not there', () => {
  const numbers = readdirSync(join(ROOT, 'docs/decisions')).map((name) => name.slice(0, 4))
  assert.deepEqual(
    numbers.sort(),
    numbers.map((_, index) => String(index + 1).padStart(4, '0')),
  )
  const named = found(/docs\/decisions\/(\d{4})/g, sourceFiles())
  assert.ok(named.length > 0)
  assert.deepEqual(
    named.filter(({ what }) => !numbers.includes(what)),
    [],
  )
})
