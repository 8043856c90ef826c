import type { DatabaseReport } from '../../storage/inspect-database.ts'
import type { MigrationState } from '../../storage/inspect-migrations.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

/** Oldest Postgres that the statements of `src/storage` run on. */
const MIN_VERSION = 14
/** Half of the partitions that are made ahead: below it, nothing has made any for a week. */
const MIN_DAYS_AHEAD = 7
const CLOCK_WARNING_MS = 2_000
/** A tenth of the usual tolerance of signed timestamps: beyond it, honest requests will soon be refused. */
const CLOCK_LIMIT_MS = 30_000

/** What a report of the database means for Posthorn. `routes` is the hash of the route table here, where it could be read. */
export function judgeDatabase(report: DatabaseReport, routes: string | undefined): Finding[] {
  return [
    judgeVersion(report),
    judgeDurability(report),
    judgeMigrations(report.migrations),
    judgePartitions(report),
    judgeClock(report),
    ...(routes === undefined ? [] : [judgeRoutes(report, routes)]),
  ]
}

function judgeVersion({ version }: DatabaseReport): Finding {
  const major = Math.floor(version / 10_000)
  const detail = `Postgres ${major}.${version % 10_000}`
  if (major >= MIN_VERSION) return ok('postgres version', detail)
  return failed('postgres version', detail, `Upgrade to Postgres ${MIN_VERSION} or later.`)
}

function judgeDurability({ unsafeSettings }: DatabaseReport): Finding {
  if (unsafeSettings.length === 0) return ok('postgres durability', 'a commit survives a crash')
  const names = unsafeSettings.join(', ')
  return failed('postgres durability', `off: ${names}`, `Turn ${names} on: an acknowledged event could be lost.`)
}

/** `check` is what the finding is called. */
export function judgeMigrations({ pending, edited, unknown }: MigrationState, check = 'migrations'): Finding {
  if (edited.length > 0) {
    const mend = `Restore ${edited.join(', ')} as applied, and add a new migration for the change.`
    return failed(check, `${edited.length} edited after they ran`, mend)
  }
  if (pending.length > 0) return failed(check, `${pending.length} have not run`, 'Run `posthorn migrate`.')
  if (unknown.length > 0) {
    return warning(check, `${unknown.length} of a newer version have run`, 'Deploy the version that ran them.')
  }
  return ok(check, 'current')
}

function judgePartitions({ daysAhead, migrations }: DatabaseReport): Finding {
  const detail = daysAhead < 0 ? 'none for today' : `${daysAhead} days ahead`
  if (daysAhead >= MIN_DAYS_AHEAD) return ok('partitions', detail)
  const mend = migrations.applied === 0 ? 'Run `posthorn migrate`.' : 'Start `posthorn serve`, which makes them hourly.'
  return failed('partitions', detail, mend)
}

function judgeClock({ clockAheadMs }: DatabaseReport): Finding {
  const detail = `the database is ${Math.abs(clockAheadMs)} ms ${clockAheadMs < 0 ? 'behind' : 'ahead of'} us`
  const mend = 'Synchronise the clocks of both machines by NTP: signed timestamps are compared with ours.'
  if (Math.abs(clockAheadMs) > CLOCK_LIMIT_MS) return failed('clock', detail, mend)
  return Math.abs(clockAheadMs) > CLOCK_WARNING_MS ? warning('clock', detail, mend) : ok('clock', detail)
}

function judgeRoutes({ deployedRoutes }: DatabaseReport, routes: string): Finding {
  if (deployedRoutes === routes) return ok('route table', `${routes} is deployed`)
  const detail = deployedRoutes === undefined ? 'none is deployed' : `${deployedRoutes} is deployed, ${routes} is here`
  return failed(
    'route table',
    detail,
    'Run `posthorn setup` to deploy the one here; until then its dispatchers claim nothing.',
  )
}
