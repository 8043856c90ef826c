import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { SealError, createKeyring } from '../../src/sealing/keyring.ts'

const [first, second] = [randomBytes(32), randomBytes(32)]
const plain = Buffer.from('{"card":"4242"}')

test('what was sealed opens again in its place, and shows nothing until then', () => {
  const ring = createKeyring([first])
  const sealed = ring.seal(plain, 'quarantine/1')
  assert.deepEqual(ring.open(sealed, 'quarantine/1'), plain)
  assert.equal(sealed.includes('4242'), false)
  assert.notDeepEqual(ring.seal(plain, 'quarantine/1'), sealed)
  assert.deepEqual(ring.open(ring.seal(Buffer.alloc(0), 'x'), 'x'), Buffer.alloc(0))
})

test('in another place, with a bit changed, cut short, or without its key it does not open', () => {
  const ring = createKeyring([first])
  const sealed = ring.seal(plain, 'quarantine/1')
  assert.throws(() => ring.open(sealed, 'quarantine/2'), SealError)
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed)
    changed[index] = (changed[index] as number) ^ 1
    assert.throws(() => ring.open(changed, 'quarantine/1'), SealError, `byte ${index}`)
  }
  for (const length of [0, 1, 20, sealed.length - 1]) {
    assert.throws(() => ring.open(sealed.subarray(0, length), 'quarantine/1'), SealError)
  }
  assert.throws(() => createKeyring([second]).open(sealed, 'quarantine/1'), /a key that is not here/)
})

test('while a key is rotated the new one seals, and the old one opens what it had sealed', () => {
  const before = createKeyring([first]).seal(plain, 'x')
  const ring = createKeyring([second, first])
  assert.deepEqual(ring.open(before, 'x'), plain)
  assert.deepEqual(createKeyring([second]).open(ring.seal(plain, 'x'), 'x'), plain)
})
