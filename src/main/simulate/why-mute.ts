import { CommandError } from '../../cli/exit-codes.ts'
import { newSecret } from '../../providers/new-secret.ts'
import { type Hook, toRequest } from '../../simulator/delivery.ts'
import { createRandom } from '../../simulator/random.ts'
import { loadWorld } from '../../simulator/worlds.ts'

/**
 * Why none of a hook's webhooks can be sent, found out by signing one of them; undefined where they can.
 * @throws CommandError where only the key is not right.
 */
export async function whyMute(hook: Hook): Promise<string | undefined> {
  const { provider } = hook.world
  // A world of its own: in the other nothing has happened yet.
  const world = await loadWorld(provider, createRandom('trial'))
  if (world === undefined) return undefined
  const change = world.change(new Date())
  const trySecret = (secret: string): string | undefined => {
    try {
      toRequest({ hook: { ...hook, world, secret }, change, manner: 'genuine' }, new Date())
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }
  const reason = trySecret(hook.secret)
  if (reason === undefined || trySecret(newSecret(provider).sign) !== undefined) return reason
  throw new CommandError('usage', `Source ${hook.source} cannot be signed for: ${reason}.`)
}
