import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testSetting, TEST_SETTINGS } from './test-setting.ts'

test('a test that is run without its servers says how to run it', (t) => {
  const kept = process.env[TEST_SETTINGS.databaseUrl]
  t.after(() => {
    if (kept !== undefined) process.env[TEST_SETTINGS.databaseUrl] = kept
  })
  delete process.env[TEST_SETTINGS.databaseUrl]
  assert.throws(
    () => testSetting('databaseUrl'),
    /POSTHORN_TEST_DATABASE_URL is not set.*Run it by `npm test -- <file>`/,
  )
})
