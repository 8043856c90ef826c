/** The pages under docs/providers promise a configuration that works: each is loaded as it stands, and is sent an event. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ensureDevSecrets } from '../../src/main/dev/dev-secrets.ts'
import { namesIn } from '../../src/main/installation/config-references.ts'
import { loadInstallation, loadSourceConfig } from '../../src/main/load-config.ts'
import { readEnvironment } from '../../src/main/settings/environment.ts'
import { readSettings } from '../../src/main/settings.ts'
import { PROVIDER_NAMES } from '../../src/providers/load-providers.ts'
import { newSecret } from '../../src/providers/new-secret.ts'
import { createPaypal } from '../../src/providers/paypal/index.ts'
import type { Source } from '../../src/providers/source.ts'
import { loadSamples } from '../../src/simulator/samples.ts'
import { signWebhook } from '../../src/simulator/sign-webhook.ts'
import { post } from '../receiver/raw-connection.ts'
import { startReceiver } from '../receiver/start-receiver.ts'
import { writeInstallation } from '../support/installation.ts'
import { makeCertificate } from './certificates.ts'

const PAGES = join(import.meta.dirname, '../../docs/providers')

const pageOf = (name: string): Promise<string> => readFile(join(PAGES, `${name}.md`), 'utf8')

/** Only PayPal itself can sign for it: here its certificates are ours. */
function standIn({ provider, ...source }: Source): Source {
  if (provider.name !== 'paypal') return { provider, ...source }
  const root = makeCertificate({ name: 'Root', isAuthority: true, type: 'ec' })
  const leaf = makeCertificate({ name: 'messageverificationcerts.paypal.com', issuer: root })
  const certificateUrl = 'https://api.paypal.com/v1/notifications/certs/CERT-1'
  const ours = createPaypal({
    certificates: { read: () => Promise.resolve(Buffer.from(leaf.pem)), roots: () => Promise.resolve([root.pem]) },
    signer: { privateKey: leaf.key, certificateUrl },
  })
  return { ...source, provider: ours }
}

/** As a person does who copies the block into an empty folder and starts `posthorn dev`. */
async function follow(t: TestContext, page: string) {
  const [, config = assert.fail('the page has no configuration')] = /^```ts\n([^]*?)^```$/m.exec(page) ?? []
  const root = await writeInstallation(t, { 'posthorn.config.ts': config })
  const settings = readSettings({ POSTHORN_CONFIG: join(root, 'posthorn.config.ts') })
  const loaded = await loadSourceConfig(settings)
  await ensureDevSecrets(root, loaded.config, {})
  const environment = readEnvironment({}, root)
  const { sources, warnings } = await loadInstallation(settings, environment)
  assert.deepEqual(warnings, [])
  const [source = assert.fail('no source'), ...others] = sources
  assert.deepEqual(others, [])
  return { source: standIn(source), environment, names: namesIn(loaded.config) }
}

const now = Math.floor(Date.now() / 1000)

for (const name of PROVIDER_NAMES) {
  test(`the quickstart of ${name} works as it stands`, async (t) => {
    const page = await pageOf(name)
    const { source, environment, names } = await follow(t, page)
    const named = [...page.matchAll(/`([A-Z0-9_]+_(?:WEBHOOK|API)_[A-Z_]+)`/g)].map(([, variable = '']) => variable)
    assert.deepEqual(
      [...new Set(named)].filter((variable) => !names.has(variable)),
      [],
    )

    const samples = (await loadSamples(source.provider)) ?? assert.fail('there are no samples')
    const [, type = samples.types[0] ?? ''] = /posthorn send \S+ (\S+)/.exec(page) ?? []
    const id = samples.newId('quickstart')
    const sample = samples.write(type, { id, now: new Date(now * 1000), seed: 'quickstart' })
    const { contentType, body } = sample ?? assert.fail(`there is no sample of ${type}`)
    const variable = /`([A-Z0-9_]+_WEBHOOK_SECRET)`/.exec(page)?.[1] ?? ''
    const secret = environment[`${variable}_SIGNING_KEY`] ?? environment[variable] ?? ''
    const url = `https://hooks.example.com${source.path}`
    const signed = (secret: string) =>
      signWebhook({ provider: source.provider, contentType, body, secret, facts: { now, url, id, type } })

    const receiver = await startReceiver({ sources: [source] })
    t.after(() => receiver.close())
    const accepted = await post(receiver.port, { path: source.path, ...signed(secret) })
    assert.equal(accepted.status, 200, JSON.stringify(receiver.log.lines().at(-1)))
    const [line] = receiver.log.lines().filter(({ verdict }) => verdict !== undefined)
    assert.deepEqual([line?.['verdict'], line?.['eventType']], ['new', type])
    const forged = await post(receiver.port, { path: source.path, ...signed(newSecret(source.provider).sign) })
    assert.equal(forged.status, 401)
  })
}

test('the page that leads to the others names them all', async () => {
  const index = await readFile(join(PAGES, 'README.md'), 'utf8')
  assert.deepEqual(
    [...index.matchAll(/^\| \[([\w-]+)\]\(([\w-]+)\.md\)/gm)].map(([, name, file]) => [name, file]),
    [...PROVIDER_NAMES].sort().map((name) => [name, name]),
  )
})
