import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectRefusal } from './expect-refusal.ts'
import { NOW, type Subject } from './provider-harness.ts'

/** None of them is a count of seconds, though a lenient parser takes some for one. */
const NOT_NUMBERS = [
  'abc',
  `${NOW}xyz`,
  ` ${NOW}`,
  `${NOW}.0`,
  `+${NOW}`,
  `-${NOW}`,
  '1.767225600e9',
  '0x69559d80',
  'NaN',
  'Infinity',
]

export function timeTests({ harness, request, verify }: Subject): void {
  const time = harness.time
  if (time === undefined) return
  const { replace, tolerance } = time

  test(`accepts a request until ${tolerance} s after it was sent, and as long before`, async () => {
    for (const now of [NOW - tolerance, NOW + tolerance])
      assert.deepEqual(await verify(request(), { now }), { secretIndex: 0 })
  })

  test('refuses a stale request, and one from the future', async () => {
    for (const now of [NOW - tolerance - 1, NOW + tolerance + 1, NOW - 1e6, NOW + 1e6]) {
      await expectRefusal(() => verify(request(), { now }), 401, `${now - NOW} s off`)
    }
  })

  test('refuses a time that is not a plain number', async () => {
    for (const text of [...NOT_NUMBERS, '9'.repeat(400)]) {
      const signed = request()
      await expectRefusal(
        () => verify({ ...signed, headers: replace(signed.headers, text) }),
        401,
        JSON.stringify(text),
      )
    }
  })

  test('signs each attempt anew, so that a late retry is still fresh', async () => {
    const later = NOW + 24 * 3600
    assert.deepEqual(await verify(request({ now: later }), { now: later }), { secretIndex: 0 })
  })
}
