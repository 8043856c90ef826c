import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { LOOPBACK, freePort } from '../../src/stack/free-port.ts'

const ASK = `
  import { freePort } from ${JSON.stringify(new URL('../../src/stack/free-port.ts', import.meta.url).href)}
  for (let n = 0; n < 300; n += 1) console.log(await freePort(0, ''))
  process.stdin.resume()
`

test('a port is lent to one process, however many ask before anybody listens', async () => {
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', ASK]),
  )
  try {
    const lent = (await Promise.all(children.map((child) => readPorts(child.stdout)))).flat()
    assert.equal(new Set(lent).size, 900)
  } finally {
    for (const child of children) child.kill()
  }
})

async function readPorts(stdout: AsyncIterable<Buffer>): Promise<string[]> {
  let text = ''
  for await (const chunk of stdout) {
    text += chunk.toString()
    if (text.split('\n').length > 300) break
  }
  return text.trim().split('\n')
}

test('a port that somebody listens on is refused in a sentence', async () => {
  const port = await freePort(0, '')
  const server = createServer().listen(port, LOOPBACK)
  await once(server, 'listening')
  await assert.rejects(freePort(port, 'Postgres'), {
    message: `Port ${port} is taken: Postgres cannot listen on it. Stop what listens there, or choose another port.`,
  })
  server.close()
})
