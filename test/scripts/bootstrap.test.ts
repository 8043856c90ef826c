import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const run = promisify(execFile)
const BOOTSTRAP = join(import.meta.dirname, '..', '..', 'scripts', 'bootstrap.mjs')

interface Project {
  bootstrap(): Promise<{ stderr: string; npmArguments: string | undefined }>
  installed(packages: object): Promise<void>
}

const LOCKED = {
  '': { name: 'project' },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/only-elsewhere': { version: '1.0.0', optional: true },
}

/** A project of which only the locked packages matter, with an npm that writes down how it was called. */
async function project(t: TestContext, options: { node?: string; npmExit?: number } = {}): Promise<Project> {
  const root = await temporaryDirectory(t)
  await mkdir(join(root, 'scripts'))
  await copyFile(BOOTSTRAP, join(root, 'scripts', 'bootstrap.mjs'))
  await writeFile(join(root, 'package.json'), JSON.stringify({ engines: { node: `>=${options.node ?? '20.19'}` } }))
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: LOCKED }))
  const npm = join(root, 'npm-cli.js')
  const call = join(root, 'call')
  await writeFile(
    npm,
    `require('fs').writeFileSync(${JSON.stringify(call)}, process.argv.slice(2).join(' '))
     console.log('npm speaks')
     process.exit(${options.npmExit ?? 0})`,
  )
  return {
    bootstrap: async () => {
      const env = { ...process.env, npm_execpath: npm }
      const { stdout, stderr } = await run(process.execPath, [join(root, 'scripts', 'bootstrap.mjs')], { env })
      assert.equal(stdout, '', 'stdout belongs to the command that follows')
      return { stderr, npmArguments: await readFile(call, 'utf8').catch(() => undefined) }
    },
    installed: async (packages) => {
      await mkdir(join(root, 'node_modules'), { recursive: true })
      await writeFile(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
    },
  }
}

test('a fresh clone is installed as locked, without install scripts', async (t) => {
  const { bootstrap } = await project(t)
  const { stderr, npmArguments } = await bootstrap()
  assert.equal(npmArguments, 'ci --include=dev --ignore-scripts --no-audit --no-fund')
  assert.match(stderr, /Installing dependencies, because node_modules is missing[^]*npm speaks/)
})

test('what is installed as locked is left alone, though packages for other platforms are absent', async (t) => {
  const { bootstrap, installed } = await project(t)
  await installed({ 'node_modules/a': { version: '1.0.0' } })
  assert.deepEqual(await bootstrap(), { stderr: '', npmArguments: undefined })
})

test('a package of another version than the locked one is reason to install', async (t) => {
  const { bootstrap, installed } = await project(t)
  await installed({ 'node_modules/a': { version: '0.9.0' } })
  const { stderr, npmArguments } = await bootstrap()
  assert.match(stderr, /because node_modules\/a is missing or not the locked version/)
  assert.match(npmArguments ?? '', /^ci /)
})

test('a failed installation stops the command that was to follow', async (t) => {
  const { bootstrap } = await project(t, { npmExit: 3 })
  await assert.rejects(bootstrap(), { code: 1, stderr: /npm ci failed/ })
})

test('a Node that is too old is told which one is needed', async (t) => {
  const { bootstrap } = await project(t, { node: '99.1' })
  await assert.rejects(bootstrap(), {
    code: 1,
    stderr: `Posthorn needs Node 99.1 or later; this is ${process.versions.node}.\n`,
  })
})
