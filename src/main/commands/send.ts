import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { CommandError, EXIT_CODES, type ExitCode } from '../../cli/exit-codes.ts'
import { type SendReport, type SentRequest, showSent } from '../../cli/send.ts'
import type { Provider } from '../../providers/provider.ts'
import { type Answer, post } from '../../simulator/post.ts'
import type { SampleBody } from '../../simulator/sample.ts'
import { type Samples, loadSamples } from '../../simulator/samples.ts'
import { type SignedRequest, hookUrl, signWebhook } from '../../simulator/sign-webhook.ts'
import type { Tampering } from '../../simulator/tamper.ts'
import { type LoadedSource, hookPathOf, loadSource } from '../load-source.ts'
import { nearest } from '../settings/nearest.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

export interface SendCommand {
  /** ID of the source. */
  source: string
  type: string
  /** A file that is sent byte for byte. */
  fixture?: string
  id?: string
  tamper?: Tampering
  /** Where to send to; an origin alone is completed with the path of the source. */
  url?: string
  count: number
}

const USER_AGENT = 'TestWebhook/1.0'

/** `posthorn send`: signs an event as its provider would, now, and sends it. */
export async function runSend({ environment, output }: CommandContext, command: SendCommand): Promise<ExitCode> {
  const settings = readSettings(environment)
  const loaded = await loadSource(settings, environment, command.source)
  const { provider } = loaded.source
  const samples = await loadSamples(provider)
  const suffix = loaded.source.typeSuffix ? `/${encodeURIComponent(command.type)}` : ''
  const path = hookPathOf(loaded.source) + suffix
  const target = targetOf(command.url ?? settings.receiver.publicUrl, path)
  const write = await bodyWriter(command, provider, samples)
  const requests: SentRequest[] = []
  for (let sent = 0; sent < command.count; sent += 1) {
    const id = command.id ?? samples?.newId(randomUUID()) ?? randomUUID()
    requests.push(
      await sendOne({
        ...loaded,
        command,
        id,
        content: write(id),
        publicUrl: settings.receiver.publicUrl + path,
        target,
      }),
    )
  }
  const ok = requests.every(({ status }) => isAsItShouldBe(status, command.tamper))
  const report: SendReport = {
    source: command.source,
    provider: provider.name,
    type: command.type,
    url: target.replace(loaded.source.pathToken ?? /$^/, '****'),
    ...(command.tamper !== undefined && { tamper: command.tamper }),
    ok,
    requests,
  }
  showSent(report, output)
  return ok ? EXIT_CODES.ok : EXIT_CODES.failed
}

function targetOf(url: string, path: string): string {
  const { origin, pathname } = new URL(url)
  return pathname === '/' ? origin + path : url
}

/** What was spoiled must be refused as the sender's mistake; a receiver that breaks over it is not right, either. */
const isAsItShouldBe = (status: number | undefined, tampering: Tampering | undefined): boolean =>
  status !== undefined && Math.floor(status / 100) === (tampering === undefined ? 2 : 4)

type BodyWriter = (id: string) => SampleBody

async function bodyWriter(
  { type, fixture }: SendCommand,
  provider: Provider,
  samples: Samples | undefined,
): Promise<BodyWriter> {
  if (fixture !== undefined) {
    const body = await readFile(fixture).catch((cause: unknown) => {
      throw new CommandError('usage', `${fixture} cannot be read.`, cause)
    })
    return () => ({ body, contentType: contentTypeOf(body, provider) })
  }
  return (id) => {
    const written = samples?.write(type, { id, now: new Date(), seed: id })
    if (written === undefined) throw noSample(type, provider, samples)
    return written
  }
}

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

/** Neither a name nor a value of a form begins with a bracket or a brace. */
function contentTypeOf(body: Buffer, { contentTypes }: Provider): string {
  const isJson = /^\s*[[{]/.test(body.toString('latin1', 0, 64))
  const wanted = isJson ? JSON_TYPE : FORM
  return contentTypes.includes(wanted) ? wanted : (contentTypes[0] ?? JSON_TYPE)
}

function noSample(type: string, { name }: Provider, samples: Samples | undefined): CommandError {
  if (samples === undefined)
    return new CommandError('usage', `There are no samples of ${name}: give a file with --fixture.`)
  const meant = nearest(type, samples.types)
  const families = [...new Set(samples.types.map((known) => known.split(/[.:]/, 1)[0]))]
  const hint = meant === undefined ? `Types begin with ${families.join(', ')}.` : `Did you mean ${meant}?`
  return new CommandError('usage', `There is no sample of ${type}: give a file with --fixture. ${hint}`)
}

interface OneRequest extends LoadedSource {
  command: SendCommand
  id: string
  content: SampleBody
  /** What is signed, where the provider signs the URL. */
  publicUrl: string
  target: string
}

async function sendOne({
  source,
  signingKey,
  command,
  id,
  content,
  publicUrl,
  target,
}: OneRequest): Promise<SentRequest> {
  const { provider } = source
  const url = hookUrl(provider, publicUrl, content)
  const facts = { now: Math.floor(Date.now() / 1000), url, id, type: command.type }
  const signed = sign({
    provider,
    secret: signingKey(),
    facts,
    ...content,
    ...(command.tamper !== undefined && { tampering: command.tamper }),
  })
  const headers = { ...signed.headers, 'user-agent': USER_AGENT }
  const startedAt = performance.now()
  const answer = await post({ url: target + new URL(url).search, headers, body: signed.body })
  return {
    eventId: eventIdOf(provider, { ...signed, headers }, url),
    ...describe(answer),
    ms: performance.now() - startedAt,
  }
}

/** A provider that is verified with a public key cannot sign with it. */
function sign(webhook: Parameters<typeof signWebhook>[0]): SignedRequest {
  try {
    return signWebhook(webhook)
  } catch (cause) {
    const reason = (cause as Error).message
    throw new CommandError('usage', `${webhook.provider.name} cannot be signed for: ${reason}.`, cause)
  }
}

const describe = (answer: Answer | undefined): Pick<SentRequest, 'status' | 'body'> => ({
  status: answer?.status,
  body: answer?.text ?? '',
})

function eventIdOf(provider: Provider, { headers, body }: SignedRequest, url: string): string | undefined {
  try {
    return provider.identify({ method: 'POST', url, headers, body })[0]?.id
  } catch {
    return undefined
  }
}
