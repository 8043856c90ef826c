import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseEnv } from 'node:util'
import { parse } from 'yaml'
import packageJson from '../../package.json' with { type: 'json' }
import config from '../../posthorn.config.ts'
import { settingRows } from '../../src/main/settings/settings-table.ts'
import { MIN_RETENTION_DAYS } from '../../src/temporal/setup.ts'
import { commandHelp } from './command-help.ts'
import { ROOT } from './source-files.ts'

interface Service {
  image: string
  build?: string
  command?: string[]
  environment?: Record<string, string | number>
  ports?: string[]
  volumes?: string[]
}

const FILE = join(ROOT, 'docker-compose.yml')
const text = readFileSync(FILE, 'utf8')
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> }
const all = Object.entries(services)
const ours = all.filter(([, { build }]) => build !== undefined)
const example = parseEnv(readFileSync(join(ROOT, 'deploy/posthorn.env.example'), 'utf8'))

interface Linter {
  lintFiles(files: string[], recursive: boolean): { messages: { type: 'error' | 'warning'; message: string }[] }[]
}

/** Its own declarations name their files in a way that TypeScript does not follow here. */
const { DCLinter } = createRequire(import.meta.url)('dclint') as { DCLinter: new (config: object) => Linter }

/** What the public schema of compose files, and a few rules beside it, have against a file. */
function problemsOf(file: string): string[] {
  const messages = new DCLinter({ rules: {}, exclude: [] })
    .lintFiles([file], false)
    .flatMap((result) => result.messages)
  return messages.filter(({ type }) => type === 'error').map(({ message }) => message)
}

test('docker-compose.yml fits the public schema', async () => {
  assert.deepEqual(problemsOf(FILE), [])
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-compose-'))
  try {
    const misspelt = join(folder, 'docker-compose.yml')
    await writeFile(misspelt, text.replace('depends_on:', 'depend_on:'))
    assert.equal(problemsOf(misspelt).length, 1)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('every image is pinned to a version', () => {
  for (const [name, { image }] of all) assert.match(image, /:\d+\.\d+(\.\d+)?(-\w+)?$/, name)
  assert.match(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'), /^FROM node:\d+-\w+-slim$/m)
})

test('every package that the installation’s own code imports is in the image', () => {
  const files = ['activities', 'workflows'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(ROOT, folder, file)),
  )
  const code = files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(file, 'utf8'))
  const imported = new Set(
    code.flatMap((text) => [...text.matchAll(/(?:from|import\() ?'([^.'][^']*)'/g)].map((match) => match[1])),
  )
  const kept = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  const missing = [...imported].filter(
    (name = '') =>
      !/^(node:|posthorn\/)/.test(name) &&
      !(name in packageJson.dependencies) &&
      !kept.includes(`mv /tmp/${name} node_modules/`),
  )
  assert.ok(imported.has('nodemailer'))
  assert.deepEqual(missing, [])
})

test('every port is open to this machine only', () => {
  const ports = all.flatMap(([, service]) => service.ports ?? [])
  assert.ok(ports.length > 0)
  for (const port of ports) assert.match(port, /^127\.0\.0\.1:/)
})

test('no secret stands in the file', () => {
  for (const [name, { environment = {} }] of all) {
    for (const [variable, value] of Object.entries(environment)) {
      if (/PASSWORD|PWD|SECRET|TOKEN|KEY/.test(variable)) assert.match(String(value), /^\$\{/, `${name} ${variable}`)
      assert.doesNotMatch(String(value), /:\/\/\w+:[^$@]+@/, `${name} ${variable}`)
    }
  }
})

test('every command is one of the program', async () => {
  assert.equal(await commandHelp('no-such-command'), undefined)
  for (const [name, { command = [] }] of ours) assert.ok(await commandHelp(command.join(' ')), name)
})

/** What the configuration refers to and what must be set; a `baseUrl` may be left out. */
const referred = Object.values(config.sources).flatMap(({ secret, api }) =>
  api?.token === undefined ? [secret.env] : [secret.env, api.token.env],
)
const known = new Set([...settingRows().map(({ setting }) => setting.name), ...referred])
const isKnown = (name: string): boolean => known.has(name) || name.startsWith('TEMPORAL_')

test('every variable is one that the program reads', () => {
  const set = ours.flatMap(([, { environment = {} }]) => Object.keys(environment))
  const named = Object.keys(example).filter((name) => name !== 'POSTGRES_PASSWORD')
  assert.deepEqual(
    [...set, ...named].filter((name) => !isKnown(name)),
    [],
  )
})

test('the example of the environment asks for all that has no default', () => {
  const interpolated = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name = '']) => name)
  assert.deepEqual(
    [...referred, ...interpolated].filter((name) => !(name in example)),
    [],
  )
})

test('every mounted file is there, and the namespace keeps closed runs for long enough', () => {
  const mounts = all.flatMap(([, { volumes = [] }]) => volumes).filter((mount) => mount.startsWith('./'))
  assert.ok(mounts.length > 0)
  for (const mount of mounts) assert.ok(existsSync(join(ROOT, mount.split(':')[0] ?? '')), mount)
  const script = readFileSync(join(ROOT, 'deploy/temporal-namespace.sh'), 'utf8')
  const [, days] = /RETENTION:=(\d+)d/.exec(script) ?? []
  assert.ok(Number(days) >= MIN_RETENTION_DAYS)
})
