import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { startChild, type Child, type Exit, type SystemUser } from './child-process.ts'
import { freePort, LOOPBACK } from './free-port.ts'
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'
import { postgresUser, reachableDirectory } from './postgres-user.ts'
import { silent, type Progress } from './progress.ts'

const run = promisify(execFile)

const SUPERUSER = 'posthorn'
const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 20_000
const ORPHANS_TIMEOUT_MS = 10_000

/** Messages are matched below, so they must not follow the language of the machine. */
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' }

export interface PostgresOptions {
  /** Where the data is kept. A second start finds what the first one left. */
  directory: string
  /** 0 chooses a free one. */
  port: number
  progress?: Progress
}

export interface LocalPostgres {
  /** With the password; leads to the database `postgres`. */
  url: string
  port: number
  /** Of the postmaster. */
  pid: number
  /** Ends open sessions, writes a checkpoint, and resolves when the server is gone. */
  stop(): Promise<void>
  /** SIGKILL of the postmaster. Its sessions end when they notice. */
  kill(): Promise<Exit>
  /** Resolves when the postmaster is gone, whoever ended it. */
  exited: Promise<Exit>
}

/**
 * Starts a real Postgres on loopback and resolves when it accepts connections. Throws a sentence when the port is taken,
 * when another server uses the directory, and when the server does not come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { progress = silent } = options
  const user = await postgresUser(join(options.directory, 'cluster'))
  const binaries = await postgresBinaries(user, progress)
  const directory = await reachableDirectory(options.directory, user)
  const cluster = await initialise({ directory, binaries, user, progress })
  const port = await freePort(options.port, 'Postgres')
  const password = await readFile(join(cluster, 'password'), 'utf8')
  const url = `postgresql://${SUPERUSER}:${password}@${LOOPBACK}:${port}/postgres`

  progress(`Starting Postgres on port ${port}`)
  const server = await startServer({ data: join(cluster, 'data'), binaries, user, port, url })
  return {
    url,
    port,
    pid: server.pid,
    stop: async () => void (await server.stop()),
    kill: server.kill,
    exited: server.exited,
  }
}

interface Place {
  directory: string
  binaries: PostgresBinaries
  user: SystemUser | undefined
  progress: Progress
}

/** Makes data and password in a directory beside and renames it, so that a cluster is there whole or not at all. */
async function initialise({ directory, binaries, user, progress }: Place): Promise<string> {
  const cluster = join(directory, 'cluster')
  const isThere = await stat(cluster).then(
    () => true,
    () => false,
  )
  if (isThere) return cluster

  progress(`Creating a Postgres data directory in ${directory}`)
  const staging = await mkdtemp(join(directory, 'creating-'))
  try {
    const passwordFile = join(staging, 'password')
    await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
    if (user !== undefined) {
      await chown(staging, user.uid, user.gid)
      await chown(passwordFile, user.uid, user.gid)
    }
    const flags = ['--username', SUPERUSER, '--auth', 'scram-sha-256', '--pwfile', passwordFile]
    // The built-in locale sorts the same on every machine.
    const locale = [
      '--encoding',
      'UTF8',
      '--locale-provider',
      'builtin',
      '--builtin-locale',
      'C.UTF-8',
      '--locale',
      'C',
    ]
    const data = ['--pgdata', join(staging, 'data'), '--no-instructions']
    await run(binaries.initdb, [...data, ...flags, ...locale], { env: ENVIRONMENT, ...user })
    await rename(staging, cluster).catch((error: unknown) => {
      // Another process was faster: its cluster is as good as ours.
      const { code = '' } = error as NodeJS.ErrnoException
      if (!['ENOTEMPTY', 'EEXIST'].includes(code)) throw error
    })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  return cluster
}

interface Launch {
  data: string
  binaries: PostgresBinaries
  user: SystemUser | undefined
  port: number
  url: string
}

/** After a SIGKILL the old server's children need a moment to notice, and Postgres rightly refuses to start beside them. */
async function startServer(launch: Launch): Promise<Child> {
  const deadline = Date.now() + ORPHANS_TIMEOUT_MS
  for (;;) {
    const server = await startChild({
      command: launch.binaries.postgres,
      args: ['-D', launch.data, ...settings(launch.port)],
      env: ENVIRONMENT,
      user: launch.user,
      stopSignal: 'SIGINT',
      stopTimeoutMs: STOP_TIMEOUT_MS,
    })
    if (await accepts(server, launch.url)) return server
    const output = server.output()
    const waitsForOrphans = /pre-existing shared memory block .* is still in use/.test(output) && Date.now() < deadline
    if (!waitsForOrphans) throw new Error(explain(output, launch))
    await delay(100)
  }
}

function settings(port: number): string[] {
  const values = {
    listen_addresses: LOOPBACK,
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '256MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** True when the server takes a connection, false when it ended instead. Throws when neither happens in time. */
async function accepts(server: Child, url: string): Promise<boolean> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  let hasExited = false
  void server.exited.then(() => (hasExited = true))
  while (!hasExited) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return true
    } catch (cause) {
      if (Date.now() > deadline) {
        await server.kill()
        throw new Error(`Postgres did not accept a connection in ${READY_TIMEOUT_MS / 1000} s:\n${server.output()}`, {
          cause,
        })
      }
      await delay(25)
    } finally {
      await client.end()
    }
  }
  return false
}

function explain(output: string, { data, port }: Launch): string {
  if (output.includes('Address already in use'))
    return `Port ${port} is taken: Postgres cannot listen on it. Choose another port.`
  if (output.includes('lock file "postmaster.pid" already exists')) {
    return `Another Postgres runs on ${data}. Stop it first, or choose another directory.`
  }
  return `Postgres did not start:\n${output}`
}
