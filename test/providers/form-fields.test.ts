import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VerificationError } from 'posthorn/provider'
import { fieldsOf, isJsonArray, parseForm, parseJsonOrForm, queryOf } from '../../src/providers/form-fields.ts'

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

test('reads fields as browsers write them, in their order', () => {
  const fields: [string, string][] = [
    ['a', '1 & 2'],
    ['ключ', '=+%'],
    ['a', ''],
    ['empty', ''],
    ['😀', '\r\n'],
  ]
  assert.deepEqual(parseForm(Buffer.from(new URLSearchParams(fields).toString())), fields)
  assert.deepEqual(parseForm(Buffer.from('a=b=c&d')), [
    ['a', 'b=c'],
    ['d', ''],
  ])
  assert.deepEqual(parseForm(Buffer.alloc(0)), [])
})

test('refuses what a lenient reader would take for the same text as something else', () => {
  for (const text of ['a=%', 'a=%zz', 'a=%ff', '%c3%28=1', 'a=%ed%a0%80']) {
    assert.throws(() => parseForm(Buffer.from(text)), refusedAs('malformed_body'), text)
  }
  assert.throws(() => parseForm(Buffer.from([0x61, 0x3d, 0xff])), refusedAs('malformed_body'))
})

test('keeps every value of a name that is repeated, whatever the name', () => {
  assert.deepEqual(
    fieldsOf([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
      ['a', '4'],
    ]),
    { a: ['1', '3', '4'], b: '2' },
  )
  const fields = fieldsOf([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
  assert.deepEqual(Object.keys(fields), ['__proto__', 'constructor'])
  assert.equal(Object.getPrototypeOf(fields), Object.prototype)
})

test('finds the query of a URL', () => {
  assert.equal(queryOf('https://a.example/hook?a=1&b=?#rc=3'), 'a=1&b=?')
  assert.equal(queryOf('https://a.example/hook#not?a=query'), '')
  assert.equal(queryOf('https://a.example/hook'), '')
})

test('tells JSON from a form by how it begins', () => {
  assert.deepEqual(parseJsonOrForm(Buffer.from(' \n{"a":"%zz"}')), { a: '%zz' })
  assert.deepEqual(parseJsonOrForm(Buffer.from('a=%7B%7D')), { a: '{}' })
  assert.deepEqual(
    [isJsonArray(Buffer.from('\t[{}]')), isJsonArray(Buffer.from('a=[')), isJsonArray(Buffer.alloc(0))],
    [true, false, false],
  )
})
