import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigurationError } from '../../src/main/settings/configuration-error.ts'
import { maskUrl } from '../../src/main/settings/setting-kinds.ts'
import { type Environment, type Role, readSettings, unknownVariables } from '../../src/main/settings.ts'

function problemsOf(environment: Environment, role?: Role): readonly string[] {
  try {
    readSettings(environment, role)
  } catch (error) {
    assert.ok(error instanceof ConfigurationError)
    return error.problems
  }
  return []
}

const DATABASE_URL = 'postgres://posthorn:sesame@db.example/posthorn'

test('without any variable every setting has its default', () => {
  const settings = readSettings({})
  assert.equal(settings.receiver.port, 3000)
  assert.equal(settings.receiver.bindAddress, '127.0.0.1')
  assert.equal(settings.metrics.servePort, 9464)
  assert.equal(settings.process.shutdownTimeoutMs, 45_000)
  assert.equal(settings.postgres.url, undefined)
})

test('settings cannot be changed after they were read', () => {
  const settings = readSettings({})
  assert.ok(Object.isFrozen(settings) && Object.isFrozen(settings.receiver))
})

test('values are read by their kind', () => {
  const settings = readSettings({
    POSTHORN_BODY_TIMEOUT: '2m',
    POSTHORN_MAX_IN_FLIGHT_BYTES: '8MiB',
    POSTHORN_TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::1',
    POSTHORN_PUBLIC_URL: 'https://hooks.example/',
    NODE_ENV: 'production',
  })
  assert.equal(settings.receiver.bodyTimeoutMs, 120_000)
  assert.equal(settings.receiver.maxInFlightBytes, 8_388_608)
  assert.deepEqual(settings.receiver.trustedProxies, ['10.0.0.0/8', '2001:db8::1'])
  assert.equal(settings.receiver.publicUrl, 'https://hooks.example')
  assert.equal(settings.process.isProduction, true)
})

test('an empty variable counts as unset', () => {
  assert.equal(readSettings({ POSTHORN_PORT: '' }).receiver.port, 3000)
})

test('all problems are reported at once, each with what would be right', () => {
  const problems = problemsOf({
    POSTHORN_PORT: '70000',
    POSTHORN_BODY_TIMEOUT: '3',
    POSTHORN_LOG_LEVEL: 'loud',
    POSTHORN_TRUSTED_PROXIES: '10.0.0.0/33',
    POSTHORN_PUBLIC_URL: 'https://hooks.example/path',
    POSTHORN_ACTIVITY_SLOTS: '-1',
    POSTHORN_TLS_CERT: 'cert.pem',
  })
  assert.equal(problems.length, 7)
  assert.match(problems.join('\n'), /POSTHORN_PORT must be a port from 0 to 65535; it is "70000"\./)
  assert.match(problems.join('\n'), /POSTHORN_BODY_TIMEOUT must be a duration from 100ms to 10m/)
  assert.match(problems.join('\n'), /POSTHORN_LOG_LEVEL must be one of fatal, error/)
})

test('a wrong DATABASE_URL is reported without being shown', () => {
  const [problem = ''] = problemsOf({ DATABASE_URL: 'mysql://user:sesame@db' })
  assert.match(problem, /^DATABASE_URL must be a Postgres URL/)
  assert.doesNotMatch(problem, /sesame/)
})

test('serve and work need a database, tools may do without', () => {
  assert.match(problemsOf({}, 'serve').join(), /Set DATABASE_URL/)
  assert.match(problemsOf({}, 'work').join(), /Set DATABASE_URL/)
  assert.deepEqual(problemsOf({}, 'tool'), [])
})

test('a receiver in production needs its public URL and a way to TLS; a worker needs neither', () => {
  const production = { NODE_ENV: 'production', DATABASE_URL }
  const problems = problemsOf(production, 'serve')
  assert.equal(problems.length, 2)
  assert.match(problems[0] ?? '', /POSTHORN_PUBLIC_URL must be the https:\/\/ URL.*it is not set/)
  assert.match(problems[1] ?? '', /POSTHORN_TRUSTED_PROXIES .*or POSTHORN_TLS_CERT and POSTHORN_TLS_KEY/)
  assert.deepEqual(problemsOf(production, 'work'), [])
  const behindProxy = { POSTHORN_PUBLIC_URL: 'https://hooks.example', POSTHORN_TRUSTED_PROXIES: '10.0.0.0/8' }
  assert.deepEqual(problemsOf({ ...production, ...behindProxy }, 'serve'), [])
})

test('settings that only work together are asked for together', () => {
  assert.match(
    problemsOf({ POSTHORN_TLS_CERT: 'cert.pem' }).join(),
    /POSTHORN_TLS_CERT and POSTHORN_TLS_KEY go together/,
  )
  assert.match(problemsOf({ POSTHORN_TLS_CLIENT_CA: 'ca.pem' }).join(), /POSTHORN_TLS_CLIENT_CA needs/)
  assert.match(problemsOf({ POSTHORN_SHUTDOWN_GRACE: '45s' }).join(), /must be longer than POSTHORN_SHUTDOWN_GRACE/)
  const days = { POSTHORN_RETENTION_DAYS: '20', POSTHORN_RECEIPT_RETENTION_DAYS: '20' }
  assert.deepEqual(problemsOf(days), ['POSTHORN_BODY_RETENTION_DAYS must not be longer than POSTHORN_RETENTION_DAYS.'])
  assert.equal(problemsOf({ POSTHORN_RETENTION_DAYS: '6' }).length, 1)
})

test('a misspelt variable is reported with the setting that was meant', () => {
  assert.deepEqual(unknownVariables({ POSTHORN_TRUSTED_PROXYS: '10.0.0.0/8' }, new Set()), [
    'POSTHORN_TRUSTED_PROXYS is not a setting of Posthorn. Did you mean POSTHORN_TRUSTED_PROXIES?',
  ])
  assert.deepEqual(unknownVariables({ POSTHORN_SOMETHING_ELSE_ENTIRELY: '1' }, new Set()), [
    'POSTHORN_SOMETHING_ELSE_ENTIRELY is not a setting of Posthorn. Remove it.',
  ])
})

test('names that the configuration gives to secrets, and other programs’ variables, are nobody’s typo', () => {
  const environment = { POSTHORN_STRIPE_SECRET: 's', POSTHORN_PORT: '3000', OTHER: '1' }
  assert.deepEqual(unknownVariables(environment, new Set(['POSTHORN_STRIPE_SECRET'])), [])
})

test('what Kubernetes injects for a Service called posthorn is no typo, but its port is not taken for ours', () => {
  const injected = {
    POSTHORN_SERVICE_HOST: '10.1.2.3',
    POSTHORN_SERVICE_PORT_HTTP: '80',
    POSTHORN_PORT_80_TCP_ADDR: '10.1.2.3',
    POSTHORN_UI_PORT: 'tcp://10.1.2.3:80',
  }
  assert.deepEqual(unknownVariables(injected, new Set()), [])
  assert.match(problemsOf({ POSTHORN_PORT: 'tcp://10.1.2.3:80' }).join(), /set enableServiceLinks to false/)
})

test('a URL is shown without its password, wherever the password stands', () => {
  assert.equal(maskUrl(DATABASE_URL), 'postgres://posthorn:****@db.example/posthorn')
  assert.equal(
    maskUrl('postgres://db.example/posthorn?password=sesame'),
    'postgres://db.example/posthorn?password=****',
  )
  assert.equal(maskUrl('postgres://posthorn@db.example/posthorn'), 'postgres://posthorn@db.example/posthorn')
  assert.equal(maskUrl('sesame'), '****')
})
