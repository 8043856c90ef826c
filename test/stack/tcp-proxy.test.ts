import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { type TcpProxy, createTcpProxy } from '../../src/stack/tcp-proxy.ts'
import { eventually } from '../support/eventually.ts'

let echo: Server
let proxy: TcpProxy
before(async () => {
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await createTcpProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port })
})
after(async () => {
  await proxy.close()
  echo.close()
})

/** A client that is connected through the proxy, and everything that it heard. */
async function join(): Promise<{ socket: Socket; heard: () => string }> {
  const socket = connect(proxy.port, '127.0.0.1')
  let heard = ''
  socket.on('data', (bytes) => (heard += bytes.toString())).on('error', () => undefined)
  await once(socket, 'connect')
  return { socket, heard: () => heard }
}

test('with latency everything arrives later, and in its order', async () => {
  const { socket, heard } = await join()
  const words = Array.from({ length: 200 }, (_, n) => `${n} `)
  const startedAt = performance.now()
  for (const [n, word] of words.entries()) {
    proxy.delay(n % 3 === 0 ? 0 : 20)
    socket.write(word)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await eventually(() => heard().length === words.join('').length)
  assert.equal(heard(), words.join(''))
  assert.ok(performance.now() - startedAt >= 20)
  proxy.delay(0)
  socket.destroy()
})

test('frozen, nothing passes until it thaws', async () => {
  const { socket, heard } = await join()
  socket.write('before')
  await eventually(() => heard() === 'before')
  proxy.freeze()
  socket.write(' after')
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(heard(), 'before')
  proxy.thaw()
  await eventually(() => heard() === 'before after')
  socket.destroy()
})

test('refusing, it cuts what is there and takes nobody in', async () => {
  const { socket } = await join()
  proxy.refuse()
  await once(socket, 'close')
  const next = connect(proxy.port, '127.0.0.1').on('error', () => undefined)
  await once(next, 'close')
  proxy.accept()
  const { socket: last, heard } = await join()
  last.write('again')
  await eventually(() => heard() === 'again')
  last.destroy()
})
