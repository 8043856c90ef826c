import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { Client, Connection } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { cliPlaces, findTemporalCli } from '../../src/stack/temporal-cli.ts'
import { startTemporal } from '../../src/stack/temporal-server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const color = defineSearchAttributeKey('Color', 'KEYWORD')
const tags = defineSearchAttributeKey('Tags', 'KEYWORD_LIST')
let cli: string

before(async () => {
  cli = await findTemporalCli(cliPlaces(process.env))
})

async function connect(t: TestContext, address: string): Promise<Client> {
  const connection = await Connection.connect({ address })
  t.after(() => connection.close())
  return new Client({ connection, namespace: 'kept' })
}

test('a started workflow outlives a SIGKILL of its server, with its signals and search attributes', async (t) => {
  const dbFilename = join(await temporaryDirectory(t), 'data', 'temporal.db')
  const options = { cli, dbFilename, namespace: 'kept', searchAttributes: [color, tags] }
  const first = await startTemporal({ ...options, port: 0, uiPort: 0 })
  const typedSearchAttributes = [
    { key: color, value: 'red' },
    { key: tags, value: ['a', 'b'] },
  ]
  const client = await connect(t, first.address)
  await client.workflow.start('sleeper', { workflowId: 'kept', taskQueue: 'nobody', typedSearchAttributes })
  await client.workflow.getHandle('kept').signal('remember')
  await first.kill()

  const port = Number(first.address.split(':')[1])
  const second = await startTemporal({ ...options, port, uiPort: 0 })
  t.after(() => second.stop())
  const handle = (await connect(t, second.address)).workflow.getHandle('kept')
  const description = await handle.describe()
  assert.equal(description.status.name, 'RUNNING')
  assert.equal(description.typedSearchAttributes.get(color), 'red')
  assert.deepEqual(description.typedSearchAttributes.get(tags), ['a', 'b'])
  const { events } = await handle.fetchHistory()
  assert.ok(events?.some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'remember'))
})

test('the UI answers at the address that is given for it', async (t) => {
  const dbFilename = join(await temporaryDirectory(t), 'temporal.db')
  const temporal = await startTemporal({ cli, dbFilename, port: 0, uiPort: 0 })
  t.after(() => temporal.stop())
  const response = await fetch(temporal.uiUrl)
  assert.equal(response.status, 200)
  assert.match(await response.text(), /<html/)
})

test('a port that is taken is refused in a sentence that names it', async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1')
  t.after(() => blocker.close())
  await new Promise((resolve) => blocker.once('listening', resolve))
  const { port } = blocker.address() as AddressInfo
  const dbFilename = join(await temporaryDirectory(t), 'temporal.db')
  await assert.rejects(startTemporal({ cli, dbFilename, port, uiPort: 0 }), {
    message: `Port ${port} is taken: Temporal cannot listen on it. Stop what listens there, or choose another port.`,
  })
})

test('a server that ends at its start is an error with its own words', async (t) => {
  const notAFile = await temporaryDirectory(t)
  await assert.rejects(
    startTemporal({ cli, dbFilename: notAFile, port: 0, uiPort: 0 }),
    /^Error: Temporal did not start:\n.*(directory|database)/s,
  )
})
