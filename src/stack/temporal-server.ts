import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import type { SearchAttributeType } from '@temporalio/common'
import { startChild, type Child, type Exit } from './child-process.ts'
import { freePort, LOOPBACK } from './free-port.ts'
import { silent, type Progress } from './progress.ts'

const READY_TIMEOUT_MS = 60_000
const CALL_TIMEOUT_MS = 2_000
const STOP_TIMEOUT_MS = 10_000

/** A commit then survives the death of the server without an fsync of its own: three times as many starts a second. */
const SQLITE = ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal']

/** The server has one shard, and a shard looks for work 20 times a second: each new run would wait for its turn, 36 ms in the middle. */
const LIMITS = { 'history.transferProcessorMaxPollRPS': 1_000 }

/** As `defineSearchAttributeKey` makes it. */
export interface SearchAttribute {
  name: string
  type: SearchAttributeType
}

export interface TemporalOptions {
  /** Path of the Temporal CLI. */
  cli: string
  /** 0 chooses a free one; the same for `uiPort`. */
  port: number
  uiPort: number
  /** The file that makes workflows survive the end of the server. */
  dbFilename: string
  /** Made at the start, beside `default` which is always there. */
  namespace?: string
  searchAttributes?: readonly SearchAttribute[]
  /** Limits of the server, by their names there: `frontend.namespaceRPS`. */
  dynamicConfig?: Readonly<Record<string, number>>
  progress?: Progress
}

export interface LocalTemporal {
  /** Host and port of the gRPC frontend. */
  address: string
  uiUrl: string
  pid: number
  stop(): Promise<void>
  /** SIGKILL. What workflows had recorded is in `dbFilename`. */
  kill(): Promise<Exit>
  /** Resolves when the server is gone, whoever ended it. */
  exited: Promise<Exit>
}

/**
 * Starts Temporal's development server on loopback and resolves when it answers for the namespace with all its search
 * attributes. Throws a sentence when a port is taken and when the server does not come up.
 */
export async function startTemporal(options: TemporalOptions): Promise<LocalTemporal> {
  const { cli, dbFilename, namespace = 'default', searchAttributes = [], progress = silent } = options
  const port = await freePort(options.port, 'Temporal')
  const uiPort = await freePort(options.uiPort, 'The Temporal UI')
  await mkdir(dirname(dbFilename), { recursive: true })

  progress(`Starting Temporal on port ${port}`)
  const listen = ['--ip', LOOPBACK, '--port', String(port), '--ui-port', String(uiPort), '--ui-disable-news-fetch']
  const content = ['--db-filename', dbFilename, ...SQLITE, '--namespace', namespace]
  const attributes = searchAttributes.flatMap(({ name, type }) => [
    '--search-attribute',
    `${name}=${type.replace('_', '')}`,
  ])
  const limits = Object.entries({ ...LIMITS, ...options.dynamicConfig }).flatMap(([name, value]) => [
    '--dynamic-config-value',
    `${name}=${value}`,
  ])
  const server = await startChild({
    command: cli,
    args: ['server', 'start-dev', '--log-level', 'warn', ...listen, ...content, ...attributes, ...limits],
    env: {},
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
  })
  const address = `${LOOPBACK}:${port}`
  await untilReady(server, { address, namespace, attributes: searchAttributes.map(({ name }) => name) })
  return {
    address,
    uiUrl: `http://${LOOPBACK}:${uiPort}`,
    pid: server.pid,
    stop: async () => void (await server.stop()),
    kill: server.kill,
    exited: server.exited,
  }
}

interface Expected {
  address: string
  namespace: string
  attributes: readonly string[]
}

async function untilReady(server: Child, expected: Expected): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  let hasExited = false
  void server.exited.then(() => (hasExited = true))
  for (;;) {
    if (hasExited) throw new Error(`Temporal did not start:\n${server.output()}`)
    try {
      return await checkServing(expected)
    } catch (cause) {
      if (Date.now() > deadline) {
        await server.kill()
        throw new Error(`Temporal was not ready in ${READY_TIMEOUT_MS / 1000} s:\n${server.output()}`, { cause })
      }
      await delay(50)
    }
  }
}

/** The server answers before it has made the namespaces, and makes the search attributes last: so ask for all three. */
async function checkServing({ address, namespace, attributes }: Expected): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: CALL_TIMEOUT_MS })
  try {
    await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () => {
      await connection.workflowService.describeNamespace({ namespace })
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
      const missing = attributes.filter((name) => !(name in customAttributes))
      if (missing.length > 0) throw new Error(`no search attribute yet: ${missing.join(', ')}`)
    })
  } finally {
    await connection.close()
  }
}
