import pg from 'pg'

export interface ThrowawayDatabase {
  url: string
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>
}

/** Makes an empty database on the server that `url` leads to, beside the one that it names. */
export async function createThrowawayDatabase(url: string, name: string): Promise<ThrowawayDatabase> {
  const identifier = pg.escapeIdentifier(name)
  await runAlone(url, `create database ${identifier}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return { url: own.href, drop: () => runAlone(url, `drop database if exists ${identifier} with (force)`) }
}

/** On a connection of its own: CREATE and DROP DATABASE run in no transaction. */
async function runAlone(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'posthorn-demo' })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
