import type { LocalPostgres } from '../../stack/postgres.ts'
import { createPool } from '../../storage/pool.ts'
import { listServerProcesses } from '../../storage/probe.ts'

/**
 * SIGSTOP for all of a server: the postmaster, or it would start what is missing, and then its sessions and workers, which go on
 * without it. Resolves to what wakes them all.
 */
export async function freezePostgres({ url, pid: postmaster }: LocalPostgres): Promise<() => void> {
  const pool = createPool({ url, max: 1, name: 'posthorn-prove-freeze', onError: () => undefined })
  // While somebody is still let in.
  const session = await pool.connect()
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

/** False: the process has ended. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
