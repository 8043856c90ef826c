import { MIN_RETENTION_DAYS, type NamespaceReport } from '../../temporal/setup.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

/** What a report of the namespace means for Posthorn. */
export function judgeNamespace(report: NamespaceReport, namespace: string): Finding[] {
  if (!report.exists) {
    const mend = 'Run `posthorn setup`, or set TEMPORAL_NAMESPACE to one that exists.'
    return [failed('temporal namespace', `${namespace} does not exist`, mend)]
  }
  return [ok('temporal namespace', namespace), judgeRetention(report), judgeSearchAttributes(report)]
}

/** `waiting` are acknowledged events that are in no list of ours yet. */
export function judgeAbsorbed(waiting: number): Finding {
  if (waiting === 0) return ok('absorbed events', 'none waits in Temporal')
  const mend =
    'They enter the inbox by themselves while Postgres can be written and a worker runs. Where they do not, the workers lack the key that sealed them: set POSTHORN_CODEC_KEY_PREVIOUS.'
  return warning('absorbed events', `${waiting} wait in Temporal for the inbox`, mend)
}

function judgeRetention({ retentionDays }: NamespaceReport): Finding {
  const detail = `closed runs are kept for ${retentionDays} days`
  if (retentionDays >= MIN_RETENTION_DAYS) return ok('temporal retention', detail)
  const mend = `Run \`posthorn setup\`, or set the namespace's retention to ${MIN_RETENTION_DAYS} days or more: they guard against duplicates.`
  return failed('temporal retention', detail, mend)
}

function judgeSearchAttributes({ missing, mistyped }: NamespaceReport): Finding {
  if (mistyped.length > 0) {
    const mend = `Remove ${mistyped.join(', ')} from the namespace, then run \`posthorn setup\`.`
    return failed('search attributes', `of another type than Keyword: ${mistyped.join(', ')}`, mend)
  }
  if (missing.length === 0) return ok('search attributes', 'all there')
  const mend =
    'Run `posthorn setup`, or add them as Keyword where the server does not let us: runs go without them until then.'
  return warning('search attributes', `missing: ${missing.join(', ')}`, mend)
}
