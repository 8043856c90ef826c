import { randomBytes } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js'
import { msToTs } from '@temporalio/common/lib/time.js'
import { SEARCH_ATTRIBUTES } from '../../src/temporal/search-attributes.ts'
import { testSetting } from './test-setting.ts'

export interface TestTemporal {
  address: string
  namespace: string
  connection: Connection
  client: Client
  close(): Promise<void>
}

/** Connects to the test run's Temporal server: close it in `after`. */
export async function connectTemporal(options: { namespace?: string } = {}): Promise<TestTemporal> {
  const { namespace = 'default' } = options
  const address = testSetting('temporalAddress')
  const connection = await Connection.connect({ address })
  const client = new Client({ connection, namespace })
  return { address, namespace, connection, client, close: () => connection.close() }
}

/** All test files share one server, so each polls a queue of its own. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`

/** A namespace that no other test sees, for tests where fixed workflow IDs matter. Returns its name. */
export async function createNamespace(connection: Connection): Promise<string> {
  const namespace = uniqueName('test')
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') })
  const keys = Object.values(SEARCH_ATTRIBUTES)
  const searchAttributes = Object.fromEntries(
    keys.map(({ name, type }) => [name, encodeSearchAttributeIndexedValueType(type) ?? 0]),
  )
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes })
  return namespace
}
