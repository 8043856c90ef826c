import type { PosthornConfig } from '../../kit/config.ts'
import { isProviderName, loadProviders } from '../../providers/load-providers.ts'
import type { Provider } from '../../providers/provider.ts'
import { createRandom } from '../../simulator/random.ts'
import { loadWorld } from '../../simulator/worlds.ts'
import type { World } from '../../simulator/world.ts'

/** A world for each provider of the configuration that there is one for. */
export async function demoWorlds({ sources }: PosthornConfig, seed: string): Promise<World[]> {
  const wanted = Object.values(sources).map(({ provider }) => provider)
  const shipped = await loadProviders(wanted.filter((one) => typeof one === 'string').filter(isProviderName))
  const composed = wanted.filter((one): one is Provider => typeof one !== 'string')
  const byName = new Map(
    [...Object.values<Provider>(shipped), ...composed].map((provider) => [provider.name, provider]),
  )
  const random = createRandom(seed)
  const worlds = await Promise.all([...byName.values()].map((one) => loadWorld(one, random.fork(one.name))))
  return worlds.filter((world) => world !== undefined)
}
