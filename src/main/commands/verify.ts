import { readFile } from 'node:fs/promises'
import { CommandError, EXIT_CODES, type ExitCode } from '../../cli/exit-codes.ts'
import { showDiagnosis } from '../../cli/verify.ts'
import { diagnose } from '../../diagnosis/diagnose.ts'
import {
  type FiledRequest,
  RequestFileError,
  parseRequestFile,
  toWebhookRequest,
} from '../../diagnosis/request-file.ts'
import { isProviderName, loadProviders } from '../../providers/load-providers.ts'
import type { Provider } from '../../providers/provider.ts'
import type { SourceSecret } from '../../providers/source.ts'
import { loadConfig } from '../load-config.ts'
import { loadSource } from '../load-source.ts'
import { type Environment, readSettings } from '../settings.ts'
import type { Settings } from '../settings/settings-table.ts'
import type { CommandContext } from './context.ts'

export interface VerifyCommand {
  /** A source of the configuration, or else a shipped provider. */
  subject: string
  /** The file with the request. */
  request: string
  /** The variable with the secret, where the subject is a provider. */
  secretEnv: string
  /** When the request came. Default: as the file says, or now. */
  at?: Date
  /** The URL as entered at the provider. Default: as the settings or the Host header say. */
  url?: string
}

interface Subject {
  provider: Provider
  secrets: readonly SourceSecret[]
  publicUrl?: string
}

/** `posthorn verify`: says why a request verifies or does not. */
export async function runVerify({ environment, output }: CommandContext, command: VerifyCommand): Promise<ExitCode> {
  const { provider, secrets, publicUrl } = await findSubject(command, environment)
  const filed = await readRequest(command.request)
  const request = toWebhookRequest(filed, publicUrl)
  const diagnosis = await diagnose({
    provider,
    secrets,
    request: command.url === undefined ? request : { ...request, url: command.url },
    at: command.at ?? filed.receivedAt ?? new Date(),
    notes: filed.notes,
  })
  showDiagnosis(diagnosis, output)
  return diagnosis.verified ? EXIT_CODES.ok : EXIT_CODES.failed
}

async function findSubject(command: VerifyCommand, environment: Environment): Promise<Subject> {
  const settings = readSettings(environment)
  const { subject, secretEnv } = command
  if (await isSource(settings, subject)) {
    const { source } = await loadSource(settings, environment, subject)
    return { provider: source.provider, secrets: source.secrets, publicUrl: settings.receiver.publicUrl }
  }
  if (!isProviderName(subject))
    throw new CommandError('usage', `${subject} is neither a configured source nor a shipped provider.`)
  const { [subject]: provider } = await loadProviders([subject])
  const value = environment[secretEnv]
  if (!value)
    throw new CommandError('usage', `Set ${secretEnv} to the secret, or name another variable with --secret-env.`)
  return { provider, secrets: [{ slot: 'current', value }] }
}

/** Without a configuration there are the shipped providers nevertheless. */
async function isSource(settings: Settings, subject: string): Promise<boolean> {
  const loaded = await loadConfig(settings).catch(() => undefined)
  return loaded !== undefined && Object.hasOwn(loaded.config.sources, subject)
}

async function readRequest(file: string): Promise<FiledRequest> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new CommandError('usage', `${file} cannot be read.`, cause)
  })
  try {
    return parseRequestFile(bytes)
  } catch (error) {
    if (error instanceof RequestFileError) throw new CommandError('usage', `${file}: ${error.message}`, error)
    throw error
  }
}
