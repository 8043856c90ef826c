import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { configExample } from '../../src/cli/providers/config-example.ts'
import { gapWords } from '../../src/cli/providers/fact-words.ts'
import { providerPage } from '../../src/cli/providers/provider-page.ts'
import { runPosthorn } from '../support/posthorn.ts'
import { providers } from '../support/providers.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const page = (provider: keyof typeof providers): string =>
  providerPage({ provider: providers[provider], sampleType: 'thing.made' })

test('pages are written into a folder, and what differs from them, lacks or is too much is named', async (t: TestContext) => {
  const cwd = await temporaryDirectory(t)
  const run = (flag: string) => runPosthorn(t, ['sources', flag, 'pages'], { cwd })
  assert.equal((await run('--check')).code, 1)
  const written = await run('--pages')
  assert.deepEqual([written.code, written.stderr], [0, ''])
  assert.equal((await run('--check')).code, 0)
  await writeFile(join(cwd, 'pages/stripe.md'), 'Other words.')
  await writeFile(join(cwd, 'pages/ghost.md'), 'About nobody.')
  const checked = await run('--check')
  assert.equal(checked.code, 1)
  assert.match(
    checked.stderr,
    /pages is not what the providers make: ghost\.md, stripe\.md\. Run `posthorn sources --pages pages`/,
  )
  assert.equal(
    await readFile(join(cwd, 'pages/README.md'), 'utf8').then((text) => text.includes('[svix](svix.md)')),
    true,
  )
})

test('a configuration holds what its provider can make use of, and says what stands in each variable', () => {
  const { text, variables } = configExample(providers.shopify)
  assert.match(
    text,
    /api: \{ token: env\('SHOPIFY_API_TOKEN'\), baseUrl: env\('SHOPIFY_API_URL'\) \},\n {6}mirror: true,/,
  )
  assert.deepEqual(
    variables.map(({ name, about }) => [name, about]),
    [
      ['SHOPIFY_WEBHOOK_SECRET', providers.shopify.setUp.secret],
      ['SHOPIFY_API_TOKEN', providers.shopify.setUp.token],
      ['SHOPIFY_API_URL', providers.shopify.setUp.baseUrl],
    ],
  )
  assert.doesNotMatch(configExample(providers.x402).text, /api|mirror/)
  assert.match(configExample(providers['case-management']).text, /'case-management': \{/)
  assert.match(configExample(providers.bitbucket).text, /listing: env\('BITBUCKET_API_LISTING'\)/)
})

test('a page says in words what the figures mean', () => {
  assert.match(page('github'), /waits 10 s for an answer\. It never tries again by itself\./)
  assert.match(page('github'), /The event’s ID is not signed/)
  assert.match(page('github'), /3 days long/)
  assert.match(page('slack'), /tries again after no time, 1 min, 5 min\./)
  assert.match(page('adyen'), /answered with 200 and `\[accepted\]`/)
  assert.match(page('adyen'), /There is no API to read/)
  assert.match(page('adyen'), /There is no list to compare with/)
  assert.match(
    page('notion'),
    /lists of `data_source`, `page` are compared.* `data_source\.reconciled`, `page\.reconciled`/,
  )
  assert.match(page('telnyx'), /`TELNYX_WEBHOOK_SECRET_SIGNING_KEY`/)
  assert.match(page('paypal'), /Only PayPal can sign for it/)
  assert.doesNotMatch(page('paypal'), /posthorn send/)
})

test('gaps are told one by one, those that are alike counted', () => {
  assert.equal(
    gapWords([0, 5, 90, 120, 900, 900, 900, 5400, 7200]),
    'no time, 5 s, 90 s, 2 min, 15 min (3 times), 90 min, 2 h',
  )
})
