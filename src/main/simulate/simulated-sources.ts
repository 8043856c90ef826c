import { CommandError } from '../../cli/exit-codes.ts'
import type { ApiServer } from '../../simulator/api-server.ts'
import type { Hook } from '../../simulator/delivery.ts'
import { createRandom } from '../../simulator/random.ts'
import { loadWorld } from '../../simulator/worlds.ts'
import type { World } from '../../simulator/world.ts'
import { type LoadedSource, hookPathOf, loadSourcesNamed } from '../load-source.ts'
import type { Settings } from '../settings/settings-table.ts'
import type { Environment } from '../settings.ts'
import { whyMute } from './why-mute.ts'

export interface SimulatedSources {
  worlds: World[]
  hooks: Hook[]
  /** What the sources of a provider read its API with. */
  tokenOf: (provider: string) => string
  /** What to set, so that the sources read from the simulator's APIs. */
  variablesAt: (api: Pick<ApiServer, 'baseUrl'>) => Record<string, string>
  /** Those that read from elsewhere, whatever is set. */
  astray: string[]
  /** Those whose webhooks nobody here can sign, and why. */
  mute: { source: string; reason: string }[]
}

export interface SimulatedOptions {
  settings: Settings
  environment: Environment
  seed: string
  to: string | undefined
}

/**
 * The sources that are named, by their own names or by those of their providers, each with a world behind it. Sources of one provider
 * share a world.
 * @throws CommandError for a name of neither, for a provider without a world, and for a key that nothing can be signed with.
 */
export async function loadSimulated(names: readonly string[], options: SimulatedOptions): Promise<SimulatedSources> {
  const { settings, environment, seed, to } = options
  const loaded = await loadSourcesNamed(settings, environment, names)
  const random = createRandom(seed)
  const worlds = new Map<string, World>()
  for (const { source } of loaded) {
    const { provider } = source
    if (worlds.has(provider.name)) continue
    const world = await loadWorld(provider, random.fork(provider.name))
    if (world === undefined)
      throw new CommandError('usage', `Source ${source.id}: there is no stand-in for ${provider.name}.`)
    worlds.set(provider.name, world)
  }
  const worldOf = ({ source }: LoadedSource): World => worlds.get(source.provider.name) as World
  const tried = await Promise.all(loaded.map((one) => tryHook(hookOf(one, worldOf(one), settings, to))))
  return {
    worlds: [...worlds.values()],
    hooks: tried.map(({ hook }) => hook),
    mute: tried.flatMap(({ hook, reason }) => (reason === undefined ? [] : [{ source: hook.source, reason }])),
    tokenOf: (provider) => loaded.find(({ source }) => source.provider.name === provider)?.source.api?.token ?? '',
    astray: loaded.filter(({ source, apiUrlName }) => source.api && !apiUrlName).map(({ source }) => source.id),
    variablesAt: (api) => Object.fromEntries(loaded.flatMap((one) => variablesOf(one, worldOf(one), api))),
  }
}

function hookOf(one: LoadedSource, world: World, { receiver }: Settings, to: string | undefined): Hook {
  const path = hookPathOf(one.source)
  return {
    source: one.source.id,
    world,
    url: receiver.publicUrl + path,
    ...(to !== undefined && { address: new URL(to).origin + path }),
    typeSuffix: one.source.typeSuffix,
    secret: one.signingKey(),
  }
}

async function tryHook(hook: Hook): Promise<{ hook: Hook; reason: string | undefined }> {
  const reason = await whyMute(hook)
  return { hook: { ...hook, isMute: reason !== undefined }, reason }
}

function variablesOf(
  { source, apiUrlName, listingName }: LoadedSource,
  world: World,
  api: Pick<ApiServer, 'baseUrl'>,
): [string, string][] {
  return [
    ...(apiUrlName === undefined ? [] : ([[apiUrlName, api.baseUrl(source.provider.name)]] as [string, string][])),
    ...(listingName === undefined || world.hookPath === undefined
      ? []
      : ([[listingName, world.hookPath]] as [string, string][])),
  ]
}
