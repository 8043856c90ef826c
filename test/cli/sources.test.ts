import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutput } from '../../src/cli/output.ts'
import { type SourcesOptions, sources } from '../../src/cli/sources.ts'
import type { Breaker } from '../../src/storage/breakers.ts'
import { toySource } from '../support/toy-source.ts'

const API = { token: 'a-secret-token', baseUrl: 'https://api.example' }

function shown(breakers: SourcesOptions['breakers'], json = false): string {
  let text = ''
  const output = createOutput({ json, write: (part) => (text += part) })
  const listed = [toySource({ id: 'shop', api: API }), toySource({ id: 'bank', api: API }), toySource({ id: 'post' })]
  sources({ sources: listed, publicUrl: 'https://hooks.example', breakers, output })
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
