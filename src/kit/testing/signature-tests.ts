import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectRefusal } from './expect-refusal.ts'
import type { ProviderHarness, Subject } from './provider-harness.ts'

export function signatureTests(subject: Subject): void {
  const { provider, harness, current, previous, request, verify } = subject
  const { signatureHeader, requiredHeaders = [] } = harness
  const withHeader = (name: string, value: string | undefined) => {
    const others = Object.entries(request().headers).filter(([header]) => header !== name)
    return { ...request(), headers: Object.fromEntries(value === undefined ? others : [...others, [name, value]]) }
  }

  test('accepts what its own signer signed', async () => {
    assert.deepEqual(await verify(request()), { secretIndex: 0 })
  })

  test('accepts a previous secret and says which one it was', async () => {
    const secrets = [current.verify, previous.verify]
    assert.deepEqual(await verify(request({ secret: previous.sign }), { secrets }), { secretIndex: 1 })
    assert.deepEqual(await verify(request(), { secrets: secrets.toReversed() }), { secretIndex: 1 })
  })

  test('tries the right secret although others before it are of any length and form', async () => {
    const secrets = ['', 'x', `${current.verify}x`, 'ключ', '\0', current.verify.slice(0, -1), current.verify]
    assert.deepEqual(await verify(request(), { secrets }), { secretIndex: 6 })
  })

  test('refuses another secret, none at all, and an empty one', async () => {
    await expectRefusal(() => verify(request({ secret: previous.sign })), 401, 'another secret')
    await expectRefusal(() => verify(request(), { secrets: [] }), 401, 'no secret')
    await expectRefusal(() => verify(request(), { secrets: [''] }), 401, 'an empty secret')
    const forged = attempt(() => request({ secret: '' }))
    if (forged !== undefined)
      await expectRefusal(() => verify(forged, { secrets: [''] }), 401, 'signed with an empty secret')
  })

  if (harness.covers !== 'fields') bodyTests(subject)

  for (const name of signatureHeader === undefined ? requiredHeaders : [signatureHeader, ...requiredHeaders]) {
    test(`refuses a request without ${name}, or with an empty one`, async () => {
      await expectRefusal(() => verify(withHeader(name, undefined)), 401, 'missing')
      await expectRefusal(() => verify(withHeader(name, '')), 401, 'empty')
    })

    if (name === signatureHeader && harness.severalSignatures) continue
    test(`refuses a request with two of ${name}, though both are right`, async () => {
      const value = request().headers[name] ?? ''
      await expectRefusal(() => verify(withHeader(name, `${value}, ${value}`)), 401, 'doubled')
    })
  }

  if (signatureHeader === undefined) return
  test('refuses every malformed signature with 401', async () => {
    const good = request().headers[signatureHeader] ?? ''
    for (const value of [...malformed(good), ...(harness.malformedSignatures ?? [])]) {
      await expectRefusal(
        () => verify(withHeader(signatureHeader, value)),
        401,
        `${provider.name}: ${JSON.stringify(value)}`,
      )
    }
  })
}

function bodyTests({ harness: { body, wire }, request, verify }: Subject): void {
  test('refuses a body that says the same in other bytes', async () => {
    const signed = request()
    for (const rewritten of rewritings(signed.body.toString(), wire)) {
      await expectRefusal(() => verify({ ...signed, body: Buffer.from(rewritten) }), 401, rewritten.slice(0, 40))
    }
  })

  test('refuses a body of which one byte was changed, added or taken away', async () => {
    const signed = request()
    for (const at of [0, Math.floor(body.length / 2), body.length - 1]) {
      await expectRefusal(() => verify({ ...signed, body: withByte(body, at) }), 401, `byte ${at} changed`)
    }
    await expectRefusal(() => verify({ ...signed, body: Buffer.concat([body, Buffer.from(' ')]) }), 401, 'a byte added')
    await expectRefusal(() => verify({ ...signed, body: body.subarray(0, -1) }), 401, 'a byte taken away')
    await expectRefusal(() => verify({ ...signed, body: Buffer.alloc(0) }), 401, 'an empty body')
  })

  test('verifies bytes, not text: a body that is not UTF-8 keeps its own signature', async () => {
    const bytes = Buffer.concat([body, Buffer.from([0xff])])
    const signed = request({ body: bytes })
    assert.deepEqual(await verify(signed), { secretIndex: 0 })
    // Decoded, both bodies would be the same text.
    await expectRefusal(
      () => verify({ ...signed, body: Buffer.concat([body, Buffer.from([0xfe])]) }),
      401,
      'another byte',
    )
  })
}

/** Too short, too long, garbage behind something valid, a changed end, a prefix alone, and no signature at all. */
const malformed = (good: string): string[] => [
  good.slice(0, -1),
  good.slice(0, -8),
  `${good}0`,
  `${good}zz`,
  `${good}=`,
  `${good}\n`,
  good.slice(0, -3) + (good.at(-3) === 'a' ? 'b' : 'a') + good.slice(-2),
  good.slice(0, good.lastIndexOf('=', good.length - 5) + 1),
  good.replace(/.$/, 'é'),
  'invalid-signature',
  'sha256=',
  ',',
  '=',
  '\0',
  'x'.repeat(10_000),
]

/** What a parser and a writer on the way would make of a body: other spaces, other escapes, other ends of lines. */
function rewritings(text: string, wire: ProviderHarness['wire']): string[] {
  const escaped = (lead: string) => (_match: string, sign: string, letter: string) =>
    sign +
    lead +
    letter
      .charCodeAt(0)
      .toString(16)
      .padStart(lead === '%' ? 2 : 4, '0')
  if (wire === 'form') return [text.replace(/(=)(\w)/, escaped('%')), `${text}&`]
  const value: unknown = JSON.parse(text)
  return [JSON.stringify(value, null, 2), text.replace(/(")(\w)/, escaped('\\u')), `${text}\r\n`]
}

function withByte(body: Buffer, at: number): Buffer {
  const changed = Buffer.from(body)
  changed[at] = (body[at] ?? 0) ^ 1
  return changed
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
