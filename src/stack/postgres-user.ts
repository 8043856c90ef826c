import { execFile } from 'node:child_process'
import { chown, mkdir, mkdtemp, realpath, rm, rmdir, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { SystemUser } from './child-process.ts'

const run = promisify(execFile)

/** Where root may put what an unprivileged user has to reach. */
export const SHARED_HOME = '/var/lib/posthorn'

/** Users that machines bring along; a new one would be a lasting change for the sake of a test run. */
const CANDIDATES = ['postgres', '_postgres', 'nobody']

async function userNamed(name: string): Promise<SystemUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

/**
 * Postgres refuses to run as root. For root this is the user to run it as: the owner of `cluster` where that exists already,
 * else one that the machine has. For everybody else it is undefined. Throws when root finds no such user.
 */
export async function postgresUser(cluster: string): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(cluster).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  for (const name of CANDIDATES) {
    const user = await userNamed(name)
    if (user !== undefined) return user
  }
  throw new Error(
    `Postgres cannot run as root, and none of the users ${CANDIDATES.join(', ')} exists here. Add one, or do not run as root.`,
  )
}

/** Can `user` get to `path` through every directory above it, and search or execute it? */
export const canReach = async (path: string, user: SystemUser): Promise<boolean> =>
  run('test', ['-x', path], user).then(
    () => true,
    () => false,
  )

/**
 * Makes `directory`, gives it to `user`, and returns its real path. Below a home that only root may enter, such as /root, a
 * user without privileges cannot work: then the directory becomes a link to one under `SHARED_HOME`.
 */
export async function reachableDirectory(directory: string, user: SystemUser | undefined): Promise<string> {
  // A link whose target is gone, as in a new container over an old checkout, counts as nothing.
  await stat(directory).catch(() => rm(directory, { force: true }))
  await mkdir(directory, { recursive: true })
  const real = await realpath(directory)
  if (user === undefined) return real
  await chown(real, user.uid, user.gid)
  if (await canReach(real, user)) return real

  await mkdir(SHARED_HOME, { recursive: true, mode: 0o755 })
  const standIn = await mkdtemp(join(SHARED_HOME, 'postgres-'))
  await chown(standIn, user.uid, user.gid)
  await rmdir(real)
  await symlink(standIn, real)
  return standIn
}
