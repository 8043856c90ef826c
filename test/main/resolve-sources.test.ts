import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configProblems } from '../../src/main/installation/config-schema.ts'
import { type ResolvedSources, resolveSources } from '../../src/main/installation/resolve-sources.ts'
import { type SourceConfig, defineConfig, env } from '../../src/kit/index.ts'
import { DEFAULT_RECONCILE } from '../../src/reconciliation/settings.ts'
import { providers } from '../support/providers.ts'

const SECRET = `whsec_${Buffer.alloc(32, 'a secret').toString('base64')}`
const ORDERS: SourceConfig = { provider: 'standard-webhooks', secret: env('ORDERS_SECRET') }
const STRIPE: SourceConfig = { provider: 'stripe', secret: env('STRIPE_SECRET') }

function resolve(
  configs: Record<string, SourceConfig>,
  environment: Record<string, string> = { ORDERS_SECRET: SECRET, STRIPE_SECRET: SECRET },
): ResolvedSources {
  return resolveSources(configs, { environment, providers })
}

test('a source of two lines has everything by default', () => {
  const { sources, problems, warnings } = resolve({ orders: ORDERS })
  assert.deepEqual([problems, warnings], [[], []])
  const [{ provider, ...source }] = sources as [(typeof sources)[0]]
  assert.equal(provider, providers['standard-webhooks'])
  assert.deepEqual(source, {
    id: 'orders',
    name: 'orders',
    path: '/webhooks/orders',
    typeSuffix: false,
    secrets: [{ slot: 'current', value: SECRET }],
    mirror: false,
    taskQueue: 'posthorn-events',
    maxBodyBytes: 1_048_576,
    allowIps: [],
    onMissingId: 'derive',
    onMalformed: 'park',
  })
})

test('while a secret is rotated, the current one comes before the previous and the next', () => {
  const { sources } = resolve(
    { orders: ORDERS },
    { ORDERS_SECRET: SECRET, ORDERS_SECRET_NEXT: `${SECRET}n`, ORDERS_SECRET_PREVIOUS: `${SECRET}p` },
  )
  assert.deepEqual(sources[0]?.secrets, [
    { slot: 'current', value: SECRET },
    { slot: 'previous', value: `${SECRET}p` },
    { slot: 'next', value: `${SECRET}n` },
  ])
})

test('every variable that is missing stands in one sentence', () => {
  const api = { token: env('STRIPE_KEY') }
  const { problems } = resolve({ orders: ORDERS, stripe: { ...STRIPE, api, pathToken: env('TOKEN') } }, { TOKEN: '' })
  assert.equal(problems.length, 1)
  for (const name of ['ORDERS_SECRET', 'STRIPE_KEY', 'STRIPE_SECRET', 'TOKEN'])
    assert.match(problems[0] ?? '', RegExp(name))
})

test('a source is reconciled where there are a list and a token, as it or the settings say', () => {
  const environment = { STRIPE_SECRET: SECRET, GITHUB_SECRET: SECRET, KEY: 'key', HOOK: '/repos/a/b/hooks/1' }
  const api = { token: env('KEY') }
  const github: SourceConfig = { provider: 'github', secret: env('GITHUB_SECRET'), api }
  const configs: Record<string, SourceConfig> = {
    plain: { ...STRIPE, api },
    own: { ...STRIPE, path: '/own', api, reconcile: { every: '1m', lookBack: '7d' } },
    off: { ...STRIPE, path: '/off', api, reconcile: false },
    tokenless: { ...STRIPE, path: '/tokenless' },
    hooked: { ...github, api: { ...api, listing: env('HOOK') } },
    unhooked: { ...github, path: '/unhooked', api: { ...api, listing: env('UNSET') } },
  }
  const { sources, problems } = resolve(configs, environment)
  assert.deepEqual(problems, [])
  const settings = Object.fromEntries(sources.map(({ id, reconcile }) => [id, reconcile]))
  assert.deepEqual(settings, {
    plain: DEFAULT_RECONCILE,
    own: { ...DEFAULT_RECONCILE, everyMs: 60_000, lookBackMs: 7 * 86_400_000 },
    off: undefined,
    tokenless: undefined,
    hooked: DEFAULT_RECONCILE,
    unhooked: undefined,
  })
  const off = resolveSources(configs, { environment, providers, reconcile: false }).sources
  assert.ok(off.every(({ reconcile }) => reconcile === undefined))
})

test('a list that stands below something must be told what, and is not asked before', () => {
  const repository = '/2.0/repositories/acme/shop'
  const code = (listing?: string): SourceConfig => ({
    provider: 'bitbucket',
    secret: env('ORDERS_SECRET'),
    api: { token: env('ORDERS_SECRET'), ...(listing !== undefined && { listing }) },
    mirror: true,
  })
  const reconcile = { every: '1m' }
  const { sources, problems } = resolve({ code: code(), told: code(repository), asked: { ...code(), reconcile } })
  assert.deepEqual(
    sources.map(({ reconcile }) => reconcile !== undefined),
    [false, true, false],
  )
  assert.deepEqual(problems.slice(1), [])
  assert.match(problems[0] ?? '', /^sources\.asked\.reconcile: set api\.listing, .*`\/2\.0\/repositories\/acme\/shop`/)
})

test('what cannot be reconciled says so, and a duration needs its unit', () => {
  const { problems } = resolve({ orders: { ...ORDERS, reconcile: { every: '1m' } } })
  assert.match(problems.join(), /sources\.orders\.reconcile: there is no list/)
  const config = { sources: { stripe: { ...STRIPE, reconcile: { every: '15' } } } }
  assert.match(configProblems(config).join(), /must be a duration/)
})

test('an unknown provider is reported with the one that was meant', () => {
  const { problems } = resolve({ stripe: { ...STRIPE, provider: 'strip' as 'stripe' } })
  assert.deepEqual(problems, ['sources.stripe.provider: there is no provider "strip". Did you mean stripe?'])
})

test('paths that clash, or stand in the way of the health answers, are refused', () => {
  const { problems } = resolve({ health: ORDERS, a: { ...ORDERS, path: '/in' }, b: { ...ORDERS, path: '/in' } })
  assert.deepEqual(problems, [
    'Source health: /webhooks/health is reserved for health checks; choose another path.',
    'Sources a and b have the same path /in; give one another.',
  ])
})

test('a secret with white space around it is a warning that does not show it', () => {
  const { warnings, problems } = resolve({ orders: ORDERS }, { ORDERS_SECRET: `${SECRET}\n` })
  assert.deepEqual(problems, [])
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /^ORDERS_SECRET begins or ends with white space/)
  assert.ok(!warnings[0]?.includes(SECRET))
})

test('what a provider doubts about a secret is a warning under the variable’s name', () => {
  const { warnings } = resolve({ stripe: STRIPE }, { STRIPE_SECRET: 'sk_live_not_a_signing_secret_at_all' })
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /^STRIPE_SECRET of source stripe: /)
})

test('an API is read at the provider’s own URL unless another is given, in the file or by a variable', () => {
  const withBase = (baseUrl?: NonNullable<SourceConfig['api']>['baseUrl']): SourceConfig => ({
    ...STRIPE,
    mirror: true,
    api: { token: env('KEY'), ...(baseUrl !== undefined && { baseUrl }) },
  })
  const environment = { STRIPE_SECRET: SECRET, KEY: 'k', URL: 'http://localhost:1' }
  const baseUrlOf = (config: SourceConfig, more = {}) =>
    resolve({ stripe: config }, { ...environment, ...more }).sources[0]?.api?.baseUrl
  assert.equal(baseUrlOf(withBase()), 'https://api.stripe.com')
  assert.equal(baseUrlOf(withBase('http://localhost:2')), 'http://localhost:2')
  assert.equal(baseUrlOf(withBase(env('URL'))), 'http://localhost:1')
  assert.equal(baseUrlOf(withBase(env('URL')), { URL: '' }), 'https://api.stripe.com')
  const { problems } = resolve({ stripe: withBase(env('URL')) }, { ...environment, URL: 'nowhere' })
  assert.deepEqual(problems, ['URL must be a URL; it is "nowhere".'])
})

test('a provider with a host for each customer is read at the one that the source names, and must be told it', () => {
  const shop = (api: SourceConfig['api'] & object): SourceConfig => ({ ...STRIPE, provider: 'shopify', api })
  const environment = { STRIPE_SECRET: SECRET, KEY: 'k' }
  const token = env('KEY')
  assert.deepEqual(resolve({ shop: shop({ token }) }, environment).problems, [
    'sources.shop.api.baseUrl is needed: shopify has a host for each customer.',
  ])
  const { sources, problems } = resolve({ shop: shop({ token, baseUrl: 'https://acme.myshopify.com' }) }, environment)
  assert.deepEqual([problems, sources[0]?.api?.baseUrl], [[], 'https://acme.myshopify.com'])
})

test('a mirror without a credential to read with is refused, and a credential that nothing reads with', () => {
  const { problems } = resolve({ stripe: { ...STRIPE, mirror: true }, orders: { ...ORDERS, api: { token: env('K') } } })
  assert.match(problems[0] ?? '', /^sources\.stripe\.api\.token is needed to read from stripe/)
  assert.match(problems[1] ?? '', /^sources\.orders\.api: standard-webhooks has no API to read/)
})

test('a path token that could be guessed is refused without being shown', () => {
  const { problems } = resolve(
    { orders: { ...ORDERS, pathToken: env('TOKEN') } },
    { ORDERS_SECRET: SECRET, TOKEN: 'letmein' },
  )
  assert.match(problems.join(), /^TOKEN, the path token of source orders, must be 16 or more/)
  assert.doesNotMatch(problems.join(), /letmein/)
})

test('everything that is wrong with the shape of a configuration is reported at once', () => {
  const problems = configProblems({
    sources: {
      'No Spaces': ORDERS,
      orders: { ...ORDERS, secret: 'whsec_in_the_file', maxBodyBytes: 11 * 1024 * 1024, colour: 'red' },
      stripe: {
        ...STRIPE,
        allowIps: ['10.0.0.0/33'],
        rateLimit: { perSecond: 5, burst: 10 },
        connectedAt: 'yesterday',
      },
      bare: { provider: 'stripe' },
    },
    workers: 3,
  })
  const expected = [
    /No Spaces: a source ID must be of lower-case letters/,
    /sources\.orders\.secret must be env\('NAME'\)/,
    /sources\.orders\.maxBodyBytes must be at most 10485760/,
    /sources\.orders has no setting colour/,
    /sources\.stripe\.allowIps\.0 is neither an IP address nor a CIDR range/,
    /sources\.stripe\.rateLimit\.burst must be at least 50/,
    /sources\.stripe\.connectedAt must be a time such as/,
    /sources\.bare\.secret must be env\('NAME'\)/,
    /The configuration has no setting workers/,
  ]
  for (const pattern of expected) assert.match(problems.join('\n'), pattern)
  assert.equal(problems.length, expected.length)
  assert.doesNotMatch(problems.join('\n'), /whsec_in_the_file/)
})

test('a configuration with everything in it has no problems', () => {
  const full: SourceConfig = {
    ...STRIPE,
    name: 'Stripe, live',
    path: '/hooks/stripe',
    pathToken: env('TOKEN'),
    typeSuffix: true,
    api: { token: env('KEY'), baseUrl: 'https://api.example' },
    mirror: true,
    taskQueue: 'payments',
    tenant: 'acme',
    account: 'acct_1',
    connectedAt: '2026-01-31T12:00:00Z',
    maxBodyBytes: 10 * 1024 * 1024,
    rateLimit: { perSecond: 100, burst: 50 },
    allowIps: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'],
    onMissingId: 'refuse',
    onMalformed: 'refuse',
    apiVersion: '2026-04-01',
  }
  const config = defineConfig({ sources: { stripe: full }, workflows: 'w.ts', activities: 'a.ts', migrations: 'sql' })
  assert.deepEqual(configProblems(config), [])
  const environment = { STRIPE_SECRET: SECRET, KEY: 'k', TOKEN: 'a-token-of-16-or-more' }
  assert.deepEqual(resolve(config.sources, environment).problems, [])
})

test('a source may permit itself so many calls of its provider’s API; a burst is one second’s unless it says otherwise', () => {
  const environment = { ORDERS_SECRET: SECRET, STRIPE_SECRET: SECRET, STRIPE_KEY: 'key' }
  const budgetOf = (api: NonNullable<SourceConfig['api']>) =>
    resolve({ shop: { ...STRIPE, api: { token: env('STRIPE_KEY'), ...api } } }, environment)
  assert.equal(budgetOf({}).sources[0]?.api?.budget, undefined)
  assert.deepEqual(budgetOf({ ratePerSecond: 2.5 }).sources[0]?.api?.budget, { ratePerSecond: 2.5, burst: 3 })
  assert.deepEqual(budgetOf({ ratePerSecond: 10, burst: 50 }).sources[0]?.api?.budget, { ratePerSecond: 10, burst: 50 })
  assert.deepEqual(budgetOf({ burst: 5 }).problems, ['sources.shop.api.burst needs api.ratePerSecond beside it.'])
  const zero = { sources: { shop: { ...STRIPE, api: { token: env('STRIPE_KEY'), ratePerSecond: 0 } } } }
  assert.equal(configProblems(zero).length, 1)
})
