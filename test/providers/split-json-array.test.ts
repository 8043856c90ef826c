import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VerificationError } from '../../src/domain/errors.ts'
import { splitJsonArray } from '../../src/providers/split-json-array.ts'

const split = (text: string | Buffer, member?: string): string[] =>
  splitJsonArray(Buffer.from(text), member).map((part) => part.toString())

const isMalformed = (error: unknown): boolean => error instanceof VerificationError && error.code === 'malformed_body'

test('each element comes with its own bytes, whatever stands in and around it', () => {
  const elements = [
    '{"a": [1, {"b":"]}"}]}',
    '"te,xt \\" ] \\\\"',
    '[ [ ] , {} ]',
    '-1.50e+3',
    'null',
    'true',
    '{"u":"\\u005d ü ]\\\\\\""}',
    '{}',
    '""',
  ]
  assert.deepEqual(split(`\r\n[\t${elements.join(' ,\r\n')} ]\r\n`), elements)
  assert.deepEqual(split(`[${elements.join()}]`), elements)
  assert.deepEqual(split(` {"x":[1],"y":{"items":[2]},"items" : [ ${elements.join()} ] ,"z":"]" } `, 'items'), elements)
  assert.deepEqual(split('\ufeff[1, 2]'), ['1', '2'])
  assert.deepEqual(split('{"it\\u0065ms":[7]}', 'items'), ['7'])
})

test('an empty array has no elements', () => {
  assert.deepEqual(split(' [ \n ] '), [])
  assert.deepEqual(split('{"items":[]}', 'items'), [])
})

test('the elements are views of the body, not copies', () => {
  const body = Buffer.from('[{"a":1}]')
  assert.equal(splitJsonArray(body)[0]?.buffer, body.buffer)
})

test('what is no such array is malformed, and so is a member that stands twice', () => {
  const deep = `[${'['.repeat(200)}${']'.repeat(200)}]`
  for (const text of ['', ' ', '{}', '"[]"', '[1,]', '[1 2]', '[1]]', '[1', '[', '[\\]', '["', '[1]x', deep]) {
    assert.throws(() => split(text), isMalformed, text.slice(0, 20))
  }
  for (const text of [
    '[]',
    '{}',
    '{"items":{}}',
    '{"items":null}',
    '{"items":[1],"items":[2]}',
    '{"x":{"items":[]}}',
  ]) {
    assert.throws(() => split(text, 'items'), isMalformed, text)
  }
  assert.throws(() => splitJsonArray(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])), isMalformed)
  assert.throws(() => split(`[${'1,'.repeat(10_000)}1]`), isMalformed)
  assert.equal(split(`[${'1,'.repeat(9_999)}1]`).length, 10_000)
})

test('whatever the parser takes is split into as many elements as it sees, each the same value', () => {
  let seed = 1
  const random = (below: number): number => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff) % below
  const value = (depth: number): unknown => {
    const kinds = [
      () => random(1_000) - 500,
      () =>
        String.fromCharCode(
          ...Array.from({ length: random(6) }, () => [34, 44, 58, 91, 92, 93, 123, 125, 233][random(9)] ?? 0),
        ),
      () => [null, true, false, 1e21, -0.5][random(5)],
      () => Array.from({ length: random(4) }, () => value(depth - 1)),
      () => Object.fromEntries(Array.from({ length: random(4) }, (_, n) => [`${n}"]},`, value(depth - 1)])),
    ]
    return kinds[random(depth > 0 ? 5 : 3)]?.()
  }
  for (let round = 0; round < 2_000; round += 1) {
    const elements = Array.from({ length: random(5) }, () => value(3))
    const indent = [undefined, 1, '\t', '\r\n '][random(4)]
    const text = JSON.stringify(random(2) === 0 ? elements : { a: elements, items: elements }, null, indent)
    const parts = split(text, text.startsWith('{') ? 'items' : undefined)
    assert.deepEqual(
      parts.map((part) => JSON.parse(part) as unknown),
      JSON.parse(JSON.stringify(elements)),
      text,
    )
  }
})
