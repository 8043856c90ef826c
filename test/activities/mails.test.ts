import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { ActivityDependencies } from 'posthorn/activity'
import { sendWelcome } from '../../activities/standard-webhooks/sign-ups.ts'
import { confirmOrder } from '../../activities/stripe/payments.ts'
import { createEffects } from '../../src/effects/effects.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { type MailServer, startMailServer } from '../workflows/outside.ts'

let database: TestDatabase
let server: MailServer
let run = { key: randomUUID(), handler: 'welcome', attempt: 1 }
let effects: ReturnType<typeof createEffects>

before(async () => {
  database = await createTestDatabase()
  effects = createEffects({ pool: database.pool(), currentRun: () => run })
})
after(() => database.drop())
beforeEach(async () => {
  server = await startMailServer()
  run = { key: randomUUID(), handler: 'welcome', attempt: 1 }
})

afterEach(() => server.close())

const dependencies = (smtp: string): ActivityDependencies =>
  ({ ...effects, settings: { smtp } }) as unknown as ActivityDependencies

const user = { id: 'u_1', email: 'ada@example.com', name: 'Ada' }
const payment = {
  ...{ id: 'pi_1', status: 'succeeded', order: 'order_1', amount: 5 },
  currency: 'eur',
  email: user.email,
}

/** Every mail that the reference activities send. */
const MAILS: Record<string, (smtp: string) => Promise<unknown>> = {
  'a welcome': (smtp) => sendWelcome.create(dependencies(smtp))(user),
  'a thank-you': (smtp) => confirmOrder.create(dependencies(smtp))(payment),
}

for (const [name, send] of Object.entries(MAILS)) {
  test(`${name} that was taken without an answer is not sent a second time: a person looks`, async () => {
    server.fallSilent(true)
    await assert.rejects(send(server.url), { type: 'mail_server_out' })
    server.fallSilent(false)
    await assert.rejects(send(server.url), { type: 'effect_uncertain', nonRetryable: true })
    assert.equal(server.mails.length, 1)
  })

  test(`${name} that was refused, or found no mail server, is sent when the reason is gone`, async () => {
    server.refuse(true)
    await assert.rejects(send(server.url), { type: 'mail_refused' })
    await assert.rejects(send('smtp://127.0.0.1:1'), { type: 'mail_server_out' })
    server.refuse(false)
    await send(server.url)
    assert.equal(server.mails.length, 1)
  })
}

/** Ends of a connection before the greeting, as of a load balancer without a mail server behind it. */
const ENDS: Record<string, (socket: Socket) => unknown> = {
  'says nothing': () => undefined,
  'closes it': (socket) => socket.end(),
  'resets it': (socket) => socket.resetAndDestroy(),
  'cannot encrypt it': (socket) => socket.write('220 mail.example.com ESMTP\r\n'),
}

for (const [what, end] of Object.entries(ENDS)) {
  test(`a mail server that takes the connection and ${what} has taken no mail`, async () => {
    const sockets: Socket[] = []
    const broken = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined))
      end(socket)
    }).listen(0, '127.0.0.1')
    await once(broken, 'listening')
    const scheme = what === 'cannot encrypt it' ? 'smtps' : 'smtp'
    const smtp = `${scheme}://127.0.0.1:${(broken.address() as AddressInfo).port}`
    await assert.rejects(sendWelcome.create(dependencies(smtp))(user), { type: 'mail_server_out' })
    broken.close()
    for (const socket of sockets) socket.destroy()
    await sendWelcome.create(dependencies(server.url))(user)
    assert.equal(server.mails.length, 1)
  })
}
