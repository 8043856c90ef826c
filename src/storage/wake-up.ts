import pg from 'pg'
import type { Pool } from './pool.ts'

const CHANNEL = 'posthorn_inbox'
/** Tells dispatchers that there is work, for statements that are rare. */
export const WAKE_UP = `select pg_notify('${CHANNEL}', '')`
const MIN_GAP_MS = 10

/**
 * Tells dispatchers that there is work, at most once in `MIN_GAP_MS` and never inside a flush: NOTIFY holds a cluster-wide lock
 * until its transaction is committed, and a flush would hold it through the fsync. A lost wake-up costs one poll interval.
 */
export function createWakeUp(pool: Pool): () => void {
  let timer: NodeJS.Timeout | undefined
  let again = false
  function send(): void {
    pool.query(WAKE_UP).catch(() => undefined)
    timer = setTimeout(() => {
      timer = undefined
      if (again) send()
      again = false
    }, MIN_GAP_MS).unref()
  }
  return () => {
    if (timer === undefined) send()
    else again = true
  }
}

/** Calls `onWake` for every wake-up. Reconnects for ever: polling carries on meanwhile. Returns how to stop. */
export function listenForWakeUps(url: string, onWake: () => void): () => Promise<void> {
  let client: pg.Client | undefined
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  async function connect(): Promise<void> {
    const next = new pg.Client({ connectionString: url, application_name: 'posthorn-listen', keepAlive: true })
    next.on('error', () => undefined)
    next.on('notification', onWake)
    next.on('end', () => reconnect(next))
    client = next
    try {
      await next.connect()
      await next.query(`listen ${CHANNEL}`)
      // Something may have been committed while nobody listened.
      onWake()
    } catch {
      await next.end().catch(() => undefined)
      reconnect(next)
    }
  }

  function reconnect(ended: pg.Client): void {
    if (stopped || ended !== client || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      void connect()
    }, 1_000)
  }

  void connect()
  return async () => {
    stopped = true
    clearTimeout(timer)
    await client?.end().catch(() => undefined)
  }
}
