import { readFile, readdir, readlink } from 'node:fs/promises'

/**
 * The process that listens on a TCP port of this machine, as `name (pid 123)`. Only Linux tells, and only of processes that we
 * may look at; undefined otherwise.
 */
export async function portHolder(port: number): Promise<string | undefined> {
  const sockets = await listeningSockets(port)
  if (sockets.size === 0) return undefined
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (!(await holdsOne(pid, sockets))) continue
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')
    return `${name.trim()} (pid ${pid})`
  }
  return undefined
}

const LISTEN = '0A'

/** Inodes of the sockets that listen on the port, as `/proc/<pid>/fd` names them. */
async function listeningSockets(port: number): Promise<Set<string>> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  const rows = tables.flatMap((table) =>
    table
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/)),
  )
  return new Set(
    rows
      .filter(([, local = '', , state]) => local.endsWith(`:${hexPort}`) && state === LISTEN)
      .map((columns) => `socket:[${columns[9]}]`),
  )
}

async function holdsOne(pid: string, sockets: Set<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  return links.some((link) => sockets.has(link))
}
