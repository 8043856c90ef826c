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

/**
 * Brings a namespace to what the engine needs, and says what was changed. Where the server does not let us (Temporal Cloud),
 * the sentence says what a person has to do.
 */
export async function setUpNamespace(connection: Connection, namespace: string): Promise<string[]> {
  const changes: string[] = []
  const report = await inspectNamespace(connection, namespace)
  if (!report.exists) {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(MIN_RETENTION_DAYS * DAY_MS),
    })
    changes.push(`namespace ${namespace} registered with ${MIN_RETENTION_DAYS} days of retention`)
  } else if (report.retentionDays < MIN_RETENTION_DAYS) {
    changes.push(await raiseRetention(connection, namespace, report.retentionDays))
  }
  if (report.missing.length > 0) changes.push(await addSearchAttributes(connection, namespace, report.missing))
  return changes
}

async function raiseRetention(connection: Connection, namespace: string, days: number): Promise<string> {
  try {
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs(MIN_RETENTION_DAYS * DAY_MS) },
    })
    return `retention of ${namespace} raised from ${days} to ${MIN_RETENTION_DAYS} days`
  } catch (error) {
    return `retention of ${namespace} is ${days} days and could not be raised: ${(error as Error).message}`
  }
}

async function addSearchAttributes(connection: Connection, namespace: string, missing: string[]): Promise<string> {
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    })
    return `search attributes added: ${missing.join(', ')}`
  } catch (error) {
    return `search attributes could not be added (${missing.join(', ')}): ${(error as Error).message}`
  }
}
