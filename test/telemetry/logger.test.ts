import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from '../../src/telemetry/logger.ts'

function capture(): { lines: () => Record<string, unknown>[]; destination: { write(line: string): void } } {
  const written: string[] = []
  return {
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    destination: { write: (line) => written.push(line) },
  }
}

test('a line is JSON with time, level, service, fields and a constant message', () => {
  const { lines, destination } = capture()
  createLogger({ level: 'info', name: 'receiver', destination }).info({ source: 'shop' }, 'webhook.accepted')
  const [line] = lines()
  assert.deepEqual(
    { ...line, time: undefined },
    { level: 'info', time: undefined, service: 'posthorn-receiver', source: 'shop', msg: 'webhook.accepted' },
  )
  assert.ok(!Number.isNaN(Date.parse(String(line?.['time']))))
})

test('credentials and payloads are cut out wherever they stand', () => {
  const { lines, destination } = capture()
  const secret = 'whsec_do_not_print'
  const fields = {
    secret,
    headers: { authorization: secret },
    source: { secrets: [secret], api: { token: secret } },
    request: { body: secret },
    payload: secret,
  }
  createLogger({ level: 'info', name: 'receiver', destination }).info(fields, 'webhook.accepted')
  assert.ok(!JSON.stringify(lines()).includes(secret))
})

test('nothing below the level is written', () => {
  const { lines, destination } = capture()
  createLogger({ level: 'warn', name: 'receiver', destination }).info({}, 'webhook.accepted')
  assert.deepEqual(lines(), [])
})
