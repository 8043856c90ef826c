import { CommandError, EXIT_CODES, type ExitCode } from '../../cli/exit-codes.ts'
import { showCaptured, showListening } from '../../cli/capture.ts'
import type { Output } from '../../cli/output.ts'
import { isProviderName, loadProviders } from '../../providers/load-providers.ts'
import type { Provider } from '../../providers/provider.ts'
import { type CalledPath, type ConfiguredHook, findCalled } from '../../simulator/capture/called-path.ts'
import { startCaptureServer } from '../../simulator/capture/capture-server.ts'
import type { CapturedRequest } from '../../simulator/capture/captured-request.ts'
import { redact } from '../../simulator/capture/redact.ts'
import { writeFixture } from '../../simulator/capture/write-fixture.ts'
import { findEvent } from '../../storage/find-event.ts'
import { PayloadGoneError, loadBody } from '../../storage/stored-event.ts'
import { loadConfig } from '../load-config.ts'
import { explainListen } from '../process/explain-listen.ts'
import { withPool } from '../process/postgres.ts'
import { untilInterrupted } from '../process/until-interrupted.ts'
import { readSettings } from '../settings.ts'
import type { Settings } from '../settings/settings-table.ts'
import type { CommandContext } from './context.ts'

export interface CaptureOptions {
  /** The folder for the fixtures. */
  out: string
  /** Leave signatures and tokens as they are. */
  keepSignatures: boolean
}

export interface CaptureServerCommand extends CaptureOptions {
  /** Default: the receiver's own, whose place is taken. */
  port?: number
  /** End after so many requests. */
  count?: number
}

/** Writes a request, and says so. */
async function keep(
  request: CapturedRequest,
  called: CalledPath & { about: string },
  { out, keepSignatures, output }: CaptureOptions & { output: Output },
): Promise<void> {
  const redacted = redact(request, called)
  const files = await writeFixture(out, called.about, keepSignatures ? request : redacted)
  showCaptured({ method: request.method, target: redacted.target, bytes: request.body.length, ...files }, output)
}

/** `posthorn capture`: records what arrives in the receiver's place, until Ctrl-C. */
export async function runCapture(
  { environment, output }: CommandContext,
  command: CaptureServerCommand,
): Promise<ExitCode> {
  const settings = readSettings(environment)
  if (settings.process.isProduction)
    throw new CommandError('usage', 'In production nothing is captured: it would be answered, and not processed.')
  const hooks = await hooksOf(settings)
  const port = command.port ?? settings.receiver.port
  let done: () => void = () => undefined
  const enough = new Promise<void>((resolve) => (done = resolve))
  let count = 0
  const server = await startCaptureServer({
    port,
    calledAt: (path) => findCalled(path, hooks),
    async onRequest(request, called) {
      await keep(request, called, { ...command, output })
      count += 1
      if (count === command.count) done()
    },
  }).catch(async (error: unknown) => {
    throw await explainListen(error, { purpose: 'capture', setting: '--port', host: '127.0.0.1', port })
  })
  showListening({ url: server.url, out: command.out }, output)
  await Promise.race([enough, untilInterrupted()])
  await server.stop()
  return EXIT_CODES.ok
}

/** The hooks of the configuration, if there is one: a provider wants its own answer. */
async function hooksOf(settings: Settings): Promise<ConfiguredHook[]> {
  const loaded = await loadConfig(settings).catch(() => undefined)
  const sources = Object.entries(loaded?.config.sources ?? {})
  const names = sources.flatMap(([, { provider }]) =>
    typeof provider === 'string' && isProviderName(provider) ? [provider] : [],
  )
  const shipped: Readonly<Record<string, Provider>> = await loadProviders(names)
  return sources.map(([id, { path, pathToken, provider, typeSuffix }]) => ({
    path: path ?? `/webhooks/${id}`,
    provider: typeof provider === 'string' ? shipped[provider] : provider,
    hasToken: pathToken !== undefined,
    typeSuffix: typeSuffix === true,
  }))
}

/** `posthorn capture <source> <event ID>`: writes a stored event as a fixture. */
export async function runCaptureStored(
  { environment, output }: CommandContext,
  { source, eventId, ...options }: CaptureOptions & { source: string; eventId: string },
): Promise<void> {
  const settings = readSettings(environment)
  const { about, ...request } = await withPool(settings, async (pool) => {
    const event = await findEvent(pool, source, eventId)
    if (event === undefined) throw new CommandError('failed', `There is no event ${eventId} of source ${source}.`)
    const { headers, body } = await loadBody(pool, event.key).catch((error: unknown) => {
      throw error instanceof PayloadGoneError ? new CommandError('failed', error.message, error) : error
    })
    return {
      about: `${source}-${event.type}`,
      at: new Date(event.receivedAt),
      method: 'POST',
      target: `/webhooks/${source}`,
      headers: Object.entries(headers),
      body,
    }
  })
  await keep(request, { about, shownPath: request.target }, { ...options, output })
}
