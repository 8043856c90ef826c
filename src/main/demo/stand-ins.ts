import { randomBytes } from 'node:crypto'
import { CommandError } from '../../cli/exit-codes.ts'
import type { EnvReference, PosthornConfig, SourceConfig } from '../../kit/config.ts'
import { newSecret } from '../../providers/new-secret.ts'
import type { Hook } from '../../simulator/delivery.ts'
import type { Simulator } from '../../simulator/simulator.ts'
import type { World } from '../../simulator/world.ts'
import type { Environment } from '../settings.ts'

export interface StandIns {
  /** What the configuration refers to: secrets made for this run, and APIs of the simulator. */
  environment: Environment
  hooks: Hook[]
}

export interface StandInOptions {
  config: PosthornConfig
  simulator: Pick<Simulator, 'api' | 'worlds'>
  /** The token of the simulator's APIs. */
  token: string
  receiverUrl: string
}

/**
 * Connects every configured source to the simulator's world of its provider.
 * @throws CommandError for a source that would reach out to a real API.
 */
export function connectStandIns({ config, simulator, token, receiverUrl }: StandInOptions): StandIns {
  const environment: Record<string, string> = {}
  const hooks: Hook[] = []
  for (const [id, source] of Object.entries(config.sources)) {
    const world = worldOf(id, source, simulator)
    const { sign, verify } = newSecret(world.provider)
    environment[source.secret.env] = verify
    if (source.api?.token !== undefined) {
      environment[source.api.token.env] = token
      environment[baseUrlOf(id, source).env] = simulator.api.baseUrl(world.provider.name)
      if (typeof source.api.listing === 'object' && world.hookPath !== undefined) {
        environment[source.api.listing.env] = world.hookPath
      }
    }
    if (typeof source.api?.listing === 'object') environment[source.api.listing.env] = world.hookPath ?? ''
    const pathToken = source.pathToken && (environment[source.pathToken.env] = randomBytes(16).toString('hex'))
    const path = [source.path ?? `/webhooks/${id}`, ...(pathToken === undefined ? [] : [pathToken])].join('/')
    hooks.push({ source: id, world, url: receiverUrl + path, secret: sign })
  }
  // What the activities talk to beside the providers has no stand-in: nothing of a demonstration may reach it.
  for (const setting of Object.values(config.settings ?? {})) {
    if (typeof setting === 'object') environment[setting.env] = ''
  }
  return { environment, hooks }
}

function worldOf(id: string, { provider }: SourceConfig, { worlds }: Pick<Simulator, 'worlds'>): World {
  const name = typeof provider === 'string' ? provider : provider.name
  const world = worlds.get(name)
  if (world !== undefined) return world
  throw new CommandError(
    'usage',
    `sources.${id}: there is no stand-in for ${name}; leave the source out to run the demo.`,
  )
}

function baseUrlOf(id: string, { api }: SourceConfig): EnvReference {
  if (typeof api?.baseUrl === 'object') return api.baseUrl
  const mend = `write baseUrl: env('NAME') in sources.${id}.api.`
  throw new CommandError('usage', `The demo must not reach the real API of source ${id}: ${mend}`)
}
