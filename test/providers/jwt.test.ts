import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { VerificationError } from 'posthorn/provider'
import { claimsDigest, signJwt, timeClaim, verifyJwt } from '../../src/providers/jwt.ts'

const SECRET = 'a secret of some length, but no more'
const CLAIMS = { iss: 'Somebody', iat: 1_767_225_600 }

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code
const invalid = refusedAs('invalid_signature')

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signed rightly, whatever the header says. */
const tokenWith = (header: unknown, digest = 'sha256'): string => {
  const content = `${part(header)}.${part(CLAIMS)}`
  return `${content}.${createHmac(digest, SECRET).update(content).digest('base64url')}`
}

test('verifies what it signs, by the secret that signed, with the algorithms that are allowed', () => {
  for (const algorithm of ['HS256', 'HS384', 'HS512'] as const) {
    const token = signJwt(CLAIMS, SECRET, algorithm)
    const verified = verifyJwt(token, ['another', SECRET], ['HS256', 'HS384', 'HS512'])
    assert.deepEqual(verified, { secretIndex: 1, claims: CLAIMS })
    if (algorithm !== 'HS256') assert.throws(() => verifyJwt(token, [SECRET], ['HS256']), invalid, algorithm)
  }
})

test('refuses every algorithm that is not a shared key of the named strength', () => {
  assert.deepEqual(verifyJwt(tokenWith({ alg: 'HS256' }), [SECRET], ['HS256']).claims, CLAIMS)
  for (const alg of [
    'none',
    'None',
    'NONE',
    '',
    'hs256',
    'RS256',
    'ES256',
    'HS512',
    'toString',
    '__proto__',
    null,
    256,
    ['HS256'],
  ]) {
    assert.throws(() => verifyJwt(tokenWith({ alg }), [SECRET], ['HS256']), invalid, JSON.stringify(alg))
  }
  assert.throws(() => verifyJwt(tokenWith({}), [SECRET], ['HS256']), invalid)
  assert.throws(() => verifyJwt(tokenWith({ alg: 'HS256', crit: ['b64'], b64: false }), [SECRET], ['HS256']), invalid)
})

test('refuses an unsigned token, and one whose public key is taken for a shared one', () => {
  const unsigned = `${part({ alg: 'none' })}.${part(CLAIMS)}.`
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const content = `${part({ alg: 'RS256' })}.${part(CLAIMS)}`
  const asymmetric = `${content}.${sign('sha256', Buffer.from(content), privateKey).toString('base64url')}`
  for (const token of [unsigned, unsigned.slice(0, -1), asymmetric]) {
    assert.throws(() => verifyJwt(token, [pem, SECRET], ['HS256', 'HS384', 'HS512']), invalid)
  }
})

test('refuses every other spelling of a good token', () => {
  const good = signJwt(CLAIMS, SECRET)
  const [header = '', payload = '', signature = ''] = good.split('.')
  const spellings = [
    `${good}=`,
    `${good}.`,
    `.${good}`,
    `${good}\n`,
    ` ${good}`,
    `${good}.x`,
    good.slice(0, -1),
    `${header}.${payload}`,
  ]
  // The last digit of 43 carries two bits that no byte is made of.
  const loose = signature.slice(0, -1) + String.fromCharCode(signature.charCodeAt(42) + 1)
  spellings.push(
    `${header}.${payload}.${loose}`,
    `${header}.${payload}.${Buffer.from(signature, 'base64url').toString('base64')}`,
  )
  for (const token of spellings) assert.throws(() => verifyJwt(token, [SECRET], ['HS256']), invalid, token)
})

test('tells a missing time from one that is none', () => {
  assert.equal(timeClaim({ iat: 1.5 }, 'iat'), 1.5)
  assert.throws(() => timeClaim({}, 'iat'), refusedAs('missing_timestamp'))
  for (const iat of ['1767225600', null, {}, true])
    assert.throws(() => timeClaim({ iat }, 'iat'), refusedAs('bad_timestamp'))
})

test('compares the digest of a claim, in hex and nothing else', () => {
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  assert.equal(claimsDigest(empty, ''), true)
  for (const claim of [empty.slice(1), `${empty}zz`, empty.toUpperCase(), undefined, 1, [empty]]) {
    assert.equal(claimsDigest(claim, ''), false)
  }
  assert.equal(claimsDigest(empty, ' '), false)
})
