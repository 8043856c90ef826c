import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Diagnosis } from '../../src/diagnosis/diagnosis.ts'
import { providers } from '../support/providers.ts'
import { SECRET, installationOf, posthorn } from './simulator-stage.ts'

const BODY = Buffer.from('{"zen":"It is wet.","hook_id":1,"hook":{}}')
const HEADERS = providers.github.sign(BODY, SECRET, { now: 0, url: '', id: 'guid-1', type: 'ping' })

const http = (headers: Record<string, string>, body: Buffer | string = BODY, end = '\r\n'): Buffer =>
  Buffer.concat([
    Buffer.from(
      [
        'POST /webhooks/github HTTP/1.1',
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        '',
        '',
      ].join(end),
    ),
    Buffer.from(body),
  ])

async function verify(
  t: TestContext,
  file: Buffer | string,
  args: string[] = ['github'],
  variables: Record<string, string> = {},
) {
  const root = await installationOf(t, 'github')
  const path = join(root, 'request')
  await writeFile(path, file)
  return posthorn(root, ['verify', ...args, '--request', path], { GITHUB_SECRET: SECRET, ...variables })
}

test('a good request is found good, with the event in it', async (t) => {
  for (const end of ['\r\n', '\n']) {
    const { code, stdout } = await verify(t, http(HEADERS, BODY, end))
    assert.equal(code, 0, stdout)
    assert.match(stdout, /✓ headers {4}Found: x-hub-signature-256\./)
    assert.match(stdout, /✓ signature {2}The current secret proves the request\./)
    assert.match(stdout, /✓ event {6}ping, ID guid-1\./)
  }
})

test('JSON is read, too, with the body as text or in base64', async (t) => {
  const common = { method: 'POST', url: '/webhooks/github', headers: HEADERS }
  for (const body of [{ body: BODY.toString() }, { bodyBase64: BODY.toString('base64') }]) {
    const { code, stdout } = await verify(t, JSON.stringify({ ...common, ...body }))
    assert.equal(code, 0, stdout)
  }
  const { code, stderr } = await verify(t, JSON.stringify({ ...common, body: JSON.parse(BODY.toString()) as unknown }))
  assert.equal(code, 2)
  assert.match(stderr, /a parsed body has lost what was signed/)
})

test('what is wrong ends with 1, and says what would have matched', async (t) => {
  const { code, stdout } = await verify(t, http(HEADERS), ['github', '--json'], { GITHUB_SECRET: ` ${SECRET}` })
  const diagnosis = JSON.parse(stdout) as Diagnosis
  assert.deepEqual([code, diagnosis.verified, diagnosis.code], [1, false, 'invalid_signature'])
  assert.match(diagnosis.wouldMatch[0] ?? '', /the secret without the white space around it/)
  assert.ok(!stdout.includes(SECRET))
  const people = await verify(t, http(HEADERS), ['github'], { GITHUB_SECRET: ` ${SECRET}` })
  assert.match(people.stdout, /✗ secret {5}It begins with white space/)
  assert.match(people.stdout, /Look here first: the secret without the white space around it\.\n$/)
})

test('a provider is enough, without any configuration', async (t) => {
  const args = ['stripe', '--secret-env', 'MY_SECRET']
  const signature = providers.stripe.sign(BODY, SECRET, { now: 1_700_000_000, url: '', id: '' })
  const variables = { MY_SECRET: SECRET, POSTHORN_CONFIG: 'nowhere.ts' }
  const old = await verify(t, http(signature), args, variables)
  assert.equal(old.code, 1)
  assert.match(old.stdout, /then say when it came with --at/)
  const then = await verify(t, http(signature), [...args, '--at', '2023-11-14T22:13:25Z'], variables)
  assert.match(then.stdout, /✓ signature/)
  assert.match((await verify(t, http(signature), args, { POSTHORN_CONFIG: 'nowhere.ts' })).stderr, /Set MY_SECRET/)
  assert.match(
    (await verify(t, http(signature), ['strip'])).stderr,
    /neither a configured source nor a shipped provider/,
  )
})

test('a body that the file changed is noticed by its length', async (t) => {
  const withLength = { ...HEADERS, 'content-length': String(BODY.length) }
  const edited = await verify(t, http(withLength, `${BODY.toString()}\n`))
  assert.equal(edited.code, 0)
  assert.match(edited.stdout, /The end of line behind the body was left out/)
  const changed = await verify(t, http(withLength, BODY.toString().replace('wet', 'dry and warm')))
  assert.equal(changed.code, 1)
  assert.match(changed.stdout, /Content-Length says 42 bytes, and the file has 51/)
})

test('a header that came twice is read as the receiver reads it', async (t) => {
  const twice = http(HEADERS)
    .toString('latin1')
    .replace('\r\n\r\n', `\r\nX-Hub-Signature-256: ${HEADERS['x-hub-signature-256']}\r\n\r\n`)
  const { code, stdout } = await verify(t, Buffer.from(twice, 'latin1'))
  assert.equal(code, 1)
  assert.match(stdout, /✗ format/)
})

test('a file that holds no request says so', async (t) => {
  for (const file of ['', 'hello', '{', '{"headers":1}', 'POST / HTTP/1.1\nno header\n\n']) {
    const { code, stderr } = await verify(t, file)
    assert.equal(code, 2, file)
    assert.match(stderr, /request: /)
  }
})
