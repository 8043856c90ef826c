import type { LocalPostgres } from '../../stack/postgres.ts'
import { createPool } from '../../storage/pool.ts'
import { listServerProcesses } from '../../storage/probe.ts'
import { signal } from './signal.ts'

/**
 * SIGSTOP for all of a server: the postmaster, or it would start what is missing, and then its sessions and workers, which go on
 * without it. Resolves to what wakes them all; rejects when the server takes no connection, and then nothing is stopped.
 */
export async function freezePostgres({ url, pid: postmaster }: LocalPostgres): Promise<() => void> {
  const pool = createPool({ url, max: 1, name: 'posthorn-prove-freeze', onError: () => undefined })
  // While somebody is still let in.
  const session = await pool.connect().catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  const stopped: number[] = []
  const stop = (pid: number): void => {
    if (signal(pid, 'SIGSTOP')) stopped.push(pid)
  }
  const thaw = (): void => {
    for (const pid of stopped) signal(pid, 'SIGCONT')
    session.release()
    void pool.end()
  }
  try {
    stop(postmaster)
    for (const pid of await listServerProcesses(session)) stop(pid)
    return thaw
  } catch (error) {
    thaw()
    throw error
  }
}
