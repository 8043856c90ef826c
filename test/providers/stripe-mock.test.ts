import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { createProviderApi, type ProviderApi } from '../../src/providers/api.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import { freePort } from '../../src/stack/free-port.ts'
import { eventually } from '../support/eventually.ts'

const MODULE = 'github.com/stripe/stripe-mock'
const VERSION = 'v0.203.0'
const FIRST_BUILD_MS = 150_000

const hasGo = spawnSync('go', ['version']).status === 0
const skip = hasGo ? false : `no Go here: ${MODULE} is not built, and nothing of this was checked`

/** Stripe's own mock answers by Stripe's own description of its API, and refuses parameters that this does not know. */
describe('against stripe-mock', { skip }, () => {
  let directory: string
  let server: ChildProcess | undefined
  let api: ProviderApi

  before(
    async () => {
      directory = await mkdtemp(join(tmpdir(), 'posthorn-stripe-mock-'))
      // Outside of this repository, whose own folder is no Go module.
      const env = { ...process.env, GOBIN: directory, GOFLAGS: '' }
      await promisify(execFile)('go', ['install', `${MODULE}@${VERSION}`], { env, cwd: directory })
      const address = `127.0.0.1:${await freePort(0, 'stripe-mock')}`
      server = spawn(join(directory, 'stripe-mock'), ['-http-addr', address], { stdio: 'ignore' })
      const headers = stripe.canonical.authorize('sk_test_123')
      api = createProviderApi({ baseUrl: `http://${address}`, headers })
      await eventually(() => stripe.canonical.probe(api, { kind: 'customer', id: 'cus_1' }), { timeoutMs: 20_000 })
    },
    { timeout: FIRST_BUILD_MS },
  )
  after(async () => {
    if (server?.kill('SIGKILL') === true) await once(server, 'exit')
    await rm(directory, { recursive: true, force: true })
  })

  for (const kind of stripe.canonical.kinds) {
    test(`the canonical state of a ${kind} can be read, and its credential probed`, async () => {
      const read = await stripe.canonical.fetch(api, { kind, id: 'id_1' })
      assert.ok(read.found)
      assert.equal((read.state as { object?: string }).object, kind)
      await stripe.canonical.probe(api, { kind, id: 'id_1' })
    })
  }

  test('the list of events is read with parameters that Stripe knows, page after page', async () => {
    const span = { from: new Date(0), to: new Date() }
    const first = await stripe.listing.page(api, span)
    assert.ok(first.events.length > 0)
    for (const event of first.events) {
      assert.match(event.id, /^evt_/)
      const [envelope] = stripe.identify({ method: 'POST', url: '', headers: {}, body: event.body as Buffer })
      assert.deepEqual([envelope?.id, envelope?.type], [event.id, event.type])
    }
    await stripe.listing.page(api, { ...span, cursor: 'evt_1' })
  })

  test('a parameter that Stripe does not know is refused, so that the checks above mean something', async () => {
    await assert.rejects(api.get('/v1/events?since=yesterday'), /400/)
  })
})
