import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutput } from '../../src/cli/output.ts'
import { type SourcesOptions, sources } from '../../src/cli/sources.ts'
import type { Breaker } from '../../src/storage/breakers.ts'
import { providers } from '../support/providers.ts'
import { toySource } from '../support/toy-source.ts'

const API = { token: 'a-secret-token', baseUrl: 'https://api.example' }

function shown(breakers: SourcesOptions['breakers'], json = false): string {
  let text = ''
  const output = createOutput({ json, write: (part) => (text += part) })
  const listed = [toySource({ id: 'shop', api: API }), toySource({ id: 'bank', api: API }), toySource({ id: 'post' })]
  const shipped = [providers.github, providers.adyen, providers.x402]
  sources({ sources: listed, providers: shipped, publicUrl: 'https://hooks.example', breakers, output })
  return text
}

const out: Breaker = {
  ...{ source: 'shop', state: 'open', failures: 5, tryInMs: 12_300, lastError: 'GET /x answered 503' },
  openedAt: new Date('2026-01-31T12:00:00Z'),
}

test('each source’s API is shown to answer, or to be out since when, why, and when it is probed', () => {
  const text = shown(new Map([['shop', out]]))
  assert.match(text, /^shop .*out since 2026-01-31T12:00:00\.000Z, probe in 13 s: GET \/x answered 503/m)
  assert.match(text, /^bank .* answers /m)
  assert.match(text, /^post .* - /m)
  assert.match(shown(new Map([['shop', { ...out, state: 'half_open' }]])), /being probed/)
  assert.doesNotMatch(text, /secret/)
})

test('as JSON, too; without a database nothing is claimed', () => {
  const [shop, bank, post] = JSON.parse(shown(new Map([['shop', out]]), true)) as { breaker?: object }[]
  assert.deepEqual(shop?.breaker, {
    ...{ state: 'open', openedAt: '2026-01-31T12:00:00.000Z', tryInSeconds: 13, lastError: 'GET /x answered 503' },
  })
  assert.deepEqual([bank?.breaker, post?.breaker], [{ state: 'closed' }, undefined])
  assert.doesNotMatch(shown(undefined, true), /breaker/)
})

test('every provider that could be configured follows, with what is to be known of it, on 100 columns', () => {
  const lines = shown(undefined).split('\n')
  const heading = lines.findIndex((line) => line.startsWith('PROVIDER'))
  const rows = lines.slice(heading + 1).filter((line) => /^\S/.test(line))
  assert.deepEqual(
    rows.map((row) => row.split(/\s{2,}/)),
    [
      ['adyen', '10 s', '100 times in 30 days', 'nothing', 'nothing', 'signed'],
      ['github', '10 s', 'never', '18 kinds', 'events, 3 days', 'not signed'],
      ['toy', 'unsaid', 'unsaid', '1 kind', 'nothing', 'signed'],
      ['x402', '5 s', '5 times in 73 min', 'nothing', 'nothing', 'signed'],
    ],
  )
  assert.deepEqual(
    lines.slice(heading).filter((line) => line.length > 100),
    [],
  )
  assert.match(
    lines.join('\n'),
    /^github .*\n {4}HMAC-SHA256 of the raw body in hex, after `sha256=` in X-Hub-Signature-256;/m,
  )
})

test('as JSON the sources come first, each with the facts of its provider, then the providers without one', () => {
  interface Row {
    id?: string
    provider: string
  }
  const rows = JSON.parse(shown(undefined, true)) as Row[]
  assert.deepEqual(
    rows.map(({ id, provider }) => [id, provider]),
    [
      ['shop', 'toy'],
      ['bank', 'toy'],
      ['post', 'toy'],
      [undefined, 'github'],
      [undefined, 'adyen'],
      [undefined, 'x402'],
    ],
  )
  const [github, adyen] = rows.slice(3)
  assert.deepEqual(github, {
    provider: 'github',
    scheme: providers.github.scheme,
    idSigned: false,
    ackWithinSeconds: 10,
    retryAfterSeconds: [],
    deliveryNote: providers.github.delivery.note,
    fetches: providers.github.canonical.kinds,
    lists: { what: 'events', daysBack: 3, needsPlace: true },
  })
  const { fetches, lists } = adyen as unknown as { fetches: string[]; lists: object }
  assert.deepEqual([fetches, lists], [[], { what: 'nothing' }])
})
