import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Migration {
  /** `engine/0001_inbox.sql`, `app/0001_orders.sql`. */
  name: string
  scope: 'engine' | 'app'
  sql: string
  checksum: string
  /** What Postgres does outside of a transaction only, such as an index that is built while rows come: its statements one by one. */
  steps?: readonly string[]
}

/** The first line of a migration that is not one transaction. */
const OUTSIDE = '-- outside a transaction\n'

/** Where the ledger stands apart from the engine's tables, it is made by these alone. */
const LEDGER_MIGRATIONS = ['engine/0006_effects.sql']

const ENGINE_MIGRATIONS = join(import.meta.dirname, 'migrations')

/** The engine's numbered migrations and, after them, those of the installation in `appMigrations`, each in order. */
export async function readMigrations(appMigrations: string | undefined): Promise<Migration[]> {
  const engine = await readFolder('engine', ENGINE_MIGRATIONS)
  return appMigrations === undefined ? engine : [...engine, ...(await readFolder('app', appMigrations))]
}

/** Whether the database of the activities needs it, too: what is theirs, and the ledger of their effects. */
export const isOfLedger = ({ name, scope }: Migration): boolean => scope === 'app' || LEDGER_MIGRATIONS.includes(name)

async function readFolder(scope: Migration['scope'], folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => /^\d{4}_\w+\.sql$/.test(file)).sort()
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(join(folder, file), 'utf8')
      const checksum = createHash('sha256').update(sql).digest('hex')
      const steps = sql.startsWith(OUTSIDE) ? sql.split(/;\s*$/m).filter((step) => step.trim() !== '') : undefined
      return { name: `${scope}/${file}`, scope, sql, checksum, ...(steps && { steps }) }
    }),
  )
}
