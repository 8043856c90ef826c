import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveSecrets } from '../../src/main/installation/resolve-secrets.ts'
import { readSettings } from '../../src/main/settings.ts'
import { providers } from '../support/providers.ts'

const SECRET = 'whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHMsIGxvbmc='
const [PAST, FUTURE] = ['2026-01-31T12:00:00Z', '2999-01-31T12:00:00+02:00']

function resolve(environment: Record<string, string>) {
  const findings = { problems: [] as string[], warnings: [] as string[] }
  const secrets = resolveSecrets(SECRET, {
    source: 'shop',
    provider: providers.stripe,
    name: 'SHOP_SECRET',
    environment,
    ...findings,
  })
  return { secrets, ...findings }
}

test('a previous secret carries the time until which it is accepted', () => {
  const { secrets, problems, warnings } = resolve({ SHOP_SECRET_PREVIOUS: SECRET, SHOP_SECRET_PREVIOUS_UNTIL: FUTURE })
  assert.deepEqual(secrets[1], { slot: 'previous', value: SECRET, until: new Date('2999-01-31T10:00:00Z') })
  assert.deepEqual([...problems, ...warnings], [])
})

test('one whose time is over is named, and so is a time without a secret', () => {
  assert.deepEqual(resolve({ SHOP_SECRET_PREVIOUS: SECRET, SHOP_SECRET_PREVIOUS_UNTIL: PAST }).warnings, [
    'SHOP_SECRET_PREVIOUS is not accepted since 2026-01-31T12:00:00.000Z: remove it, and SHOP_SECRET_PREVIOUS_UNTIL.',
  ])
  assert.deepEqual(resolve({ SHOP_SECRET_PREVIOUS_UNTIL: FUTURE }).warnings, [
    'SHOP_SECRET_PREVIOUS_UNTIL is set, and SHOP_SECRET_PREVIOUS is not: remove it.',
  ])
})

test('a time that is none, or that means another moment elsewhere, is a problem: the secret must not live for ever', () => {
  for (const text of ['tomorrow', '2026-01-31', '2026-01-31T12:00:00', '1769860800']) {
    const { problems } = resolve({ SHOP_SECRET_PREVIOUS: SECRET, SHOP_SECRET_PREVIOUS_UNTIL: text })
    assert.deepEqual(problems, [
      `SHOP_SECRET_PREVIOUS_UNTIL must be a time such as 2026-01-31T12:00:00Z; it is "${text}".`,
    ])
  }
})

test('a codec key is 32 bytes in Base64, and is never repeated in a complaint', () => {
  const key = Buffer.alloc(32, 7)
  assert.deepEqual(readSettings({ POSTHORN_CODEC_KEY: key.toString('base64') }).sealing.codecKey, key)
  for (const wrong of ['hunter2', Buffer.alloc(16).toString('base64'), key.toString('hex')]) {
    assert.throws(
      () => readSettings({ POSTHORN_CODEC_KEY: wrong }),
      (error: Error & { problems?: string[] }) => {
        assert.match(error.problems?.join() ?? '', /POSTHORN_CODEC_KEY must be 32 random bytes in Base64/)
        assert.equal(error.problems?.join().includes(wrong), false)
        return true
      },
    )
  }
})
