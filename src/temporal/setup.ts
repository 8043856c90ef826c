import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { SEARCH_ATTRIBUTES } from './search-attributes.ts'

/** `temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` */
const KEYWORD = 2
/** Closed runs are Temporal's half of the duplicate guard; Postgres keeps the record, so this is a second wall. */
export const MIN_RETENTION_DAYS = 7
const DAY_MS = 86_400_000

export interface NamespaceReport {
  exists: boolean
  retentionDays: number
  /** Names of search attributes that runs would carry, but this namespace does not know, or knows with another type. */
  missing: string[]
  mistyped: string[]
}

/** Reads what the engine needs of a namespace. */
export async function inspectNamespace(connection: Connection, namespace: string): Promise<NamespaceReport> {
  const described = await describe(connection, namespace)
  if (described === undefined) return { exists: false, retentionDays: 0, missing: names(), mistyped: [] }
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  const known: Readonly<Record<string, number>> = customAttributes
  return {
    exists: true,
    retentionDays: Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / (DAY_MS / 1000),
    missing: names().filter((name) => known[name] === undefined),
    mistyped: names().filter((name) => known[name] !== undefined && known[name] !== KEYWORD),
  }
}

const names = (): string[] => Object.values(SEARCH_ATTRIBUTES).map((attribute) => attribute.name)

async function describe(connection: Connection, namespace: string) {
  try {
    return await connection.workflowService.describeNamespace({ namespace })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

const isNotFound = (error: unknown): boolean => (error as { code?: unknown }).code === 5

export interface SetUpReport {
  /** What was changed, in words. */
  changes: string[]
  /** What the server did not let us change, in words: a person must. */
  refusals: string[]
}

/** Brings a namespace to what the engine needs, as far as the server lets us: Temporal Cloud has tools of its own for this. */
export async function setUpNamespace(connection: Connection, namespace: string): Promise<SetUpReport> {
  const report: SetUpReport = { changes: [], refusals: [] }
  const { exists, retentionDays, missing } = await inspectNamespace(connection, namespace)
  if (!exists) {
    await register(connection, namespace)
    report.changes.push(`namespace ${namespace} registered with ${MIN_RETENTION_DAYS} days of retention`)
  } else if (retentionDays < MIN_RETENTION_DAYS) {
    const change = `retention of ${namespace} from ${retentionDays} to ${MIN_RETENTION_DAYS} days`
    await attempt(report, change, () => raiseRetention(connection, namespace))
  }
  if (missing.length > 0) {
    const change = `search attributes of type Keyword: ${missing.join(', ')}`
    await attempt(report, change, () => addSearchAttributes(connection, namespace, missing))
  }
  return report
}

async function attempt(report: SetUpReport, change: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
    report.changes.push(change)
  } catch (error) {
    report.refusals.push(`${change} (${(error as Error).message})`)
  }
}

const retention = { workflowExecutionRetentionPeriod: msToTs(MIN_RETENTION_DAYS * DAY_MS) }

async function register(connection: Connection, namespace: string): Promise<void> {
  await connection.workflowService.registerNamespace({ namespace, ...retention })
}

async function raiseRetention(connection: Connection, namespace: string): Promise<void> {
  const config = { workflowExecutionRetentionTtl: retention.workflowExecutionRetentionPeriod }
  await connection.workflowService.updateNamespace({ namespace, config })
}

/** A namespace that was registered just now is unknown to parts of the server for some seconds. */
const KNOWN_WITHIN_MS = 30_000

async function addSearchAttributes(connection: Connection, namespace: string, names: string[]): Promise<void> {
  const searchAttributes = Object.fromEntries(names.map((name) => [name, KEYWORD]))
  const deadline = Date.now() + KNOWN_WITHIN_MS
  for (;;) {
    try {
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes })
      return
    } catch (error) {
      if (!isNotFound(error) || Date.now() > deadline) throw error
      await delay(250)
    }
  }
}
