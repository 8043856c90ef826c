import type { Executor } from './pool.ts'

/** Something that a person did to what is stored. */
export interface AuditEntry {
  /** Who: the name that the operator gave, or that the machine knows. */
  actor: string
  /** `noun.verb`, for example `dead_letters.replay`. */
  action: string
  target: Readonly<Record<string, unknown>>
  reason?: string
  detail?: Readonly<Record<string, unknown>>
}

/** Adds a line to the audit log, in the transaction of the act itself where it has one. */
export async function recordAudit(executor: Executor, entry: AuditEntry): Promise<void> {
  await executor.query(
    'insert into posthorn.audit_log (actor, action, target, reason, detail) values ($1, $2, $3, $4, $5)',
    [
      entry.actor,
      entry.action,
      JSON.stringify(entry.target),
      entry.reason ?? null,
      entry.detail === undefined ? null : JSON.stringify(entry.detail),
    ],
  )
}
