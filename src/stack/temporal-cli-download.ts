import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import type { Progress } from './progress.ts'
import type { CliRelease } from './temporal-cli-release.ts'

const run = promisify(execFile)

/** Many machines reach package registries only, so an unreachable site must not keep anyone waiting. */
const ANSWER_TIMEOUT_MS = 5_000
const DOWNLOAD_TIMEOUT_MS = 180_000
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' }

interface ArchiveInfo {
  archiveUrl: string
  fileToExtract: string
}

/** Fetches Temporal's official archive and returns the unpacked program. Throws a sentence when that is impossible. */
export async function downloadCli(options: {
  staging: string
  release: CliRelease
  progress: Progress
}): Promise<string> {
  const { staging, release, progress } = options
  try {
    const { archiveUrl, fileToExtract } = await findArchive(release)
    progress(`Downloading the Temporal CLI ${release.version} from ${new URL(archiveUrl).host}`)
    const archive = join(staging, 'temporal.tar.gz')
    const response = await fetch(archiveUrl, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) })
    if (!response.ok || response.body === null) throw new Error(`${archiveUrl} answered ${response.status}`)
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive))
    await run('tar', ['-xzf', archive, '-C', staging, fileToExtract])
    return join(staging, fileToExtract)
  } catch (cause) {
    throw new Error(`the official download failed: ${reason(cause)}`, { cause })
  }
}

async function findArchive(release: CliRelease): Promise<ArchiveInfo> {
  const platform = process.platform
  const arch = ARCHITECTURES[process.arch]
  if (arch === undefined) throw new Error(`there is none for ${process.arch}`)
  const url = `${release.downloadUrl}?${new URLSearchParams({ arch, platform, format: 'tar.gz' }).toString()}`
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const info = (await response.json()) as Partial<ArchiveInfo>
  const { archiveUrl = '', fileToExtract = '' } = info
  // What is fetched will be executed: so neither a weaker connection nor a path out of the staging directory will do.
  const isAsSecure = URL.canParse(archiveUrl) && new URL(archiveUrl).protocol === new URL(url).protocol
  const staysInside = /^\w[\w./-]*$/.test(fileToExtract) && !fileToExtract.includes('..')
  if (!isAsSecure || !staysInside) throw new Error(`${url} named no archive that can be trusted`)
  return { archiveUrl, fileToExtract }
}

/** `fetch` hides what happened, such as a name that does not resolve, in the cause. */
function reason(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message : message
}
