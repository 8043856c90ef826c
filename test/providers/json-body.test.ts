import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VerificationError } from 'posthorn/provider'
import { parseJsonBody } from '../../src/providers/json-body.ts'

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text))
const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

test('reads what nests a hundred levels deep, and nothing deeper', () => {
  assert.ok(parse(nested(100)))
  assert.throws(() => parse(nested(101)), VerificationError)
})

test('counts levels, not brackets: a long list is not a deep one', () => {
  const list = Array.from({ length: 5000 }, (_, index) => ({ index, tags: [] }))
  assert.deepEqual(parse(JSON.stringify({ list })), { list })
})

test('takes no bracket in a text for a level', () => {
  const value = { [`"${'['.repeat(300)}`]: '\\', text: `\\"${'{'.repeat(300)}\\`, more: '"['.repeat(300) }
  assert.deepEqual(parse(JSON.stringify(value)), value)
  assert.throws(() => parse(`{"text":"\\\\","deep":${nested(200)}}`), /deeper/)
})

test('passes over a byte order mark', () => {
  assert.deepEqual(parse('\ufeff{"a":1}'), { a: 1 })
})
