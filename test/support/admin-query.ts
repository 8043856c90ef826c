import pg from 'pg'

/** Runs one statement on a connection of its own; CREATE and DROP DATABASE can run in no transaction and on no pool. */
export async function adminQuery(url: string, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  // A server that dies between the answer and the goodbye is not this statement's failure; a failing statement rejects.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await client.query(statement)
  } finally {
    await client.end()
  }
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
