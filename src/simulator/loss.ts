import { type Delivery, isProviders } from './delivery.ts'
import type { Change, World } from './world.ts'

/** A change of which no webhook arrived, nor ever will. */
export interface LostChange {
  world: World
  change: Change
}

export interface Loss {
  readonly lost: readonly LostChange[]
  /** Whether this delivery never arrives. Whoever tries to deliver it sees no answer. */
  takes(delivery: Delivery): boolean
}

/** The first loss comes early, so that short runs have one, too. */
const FIRST_TURN = 5

/** Loses all webhooks of one change in so many, of providers that can tell of it in another way; of mute hooks it loses every one. */
export function createLoss(every?: number): Loss {
  const lost: LostChange[] = []
  let turns = 0
  let isDue = false
  return {
    lost,
    takes({ hook, change, manner }) {
      if (!isProviders(manner)) return false
      if (manner === 'genuine') {
        turns += 1
        isDue ||= every !== undefined && turns % every === FIRST_TURN % every
        const isChosen = isDue && isListed(hook.world, change)
        if (isChosen || hook.isMute === true) {
          isDue &&= !isChosen
          lost.push({ world: hook.world, change })
          hook.world.delivered?.(change, undefined, new Date())
        }
      }
      return lost.some((loss) => loss.change === change)
    },
  }
}

/** Whether its API can tell of what a lost webhook would have told. */
export const hasList = ({ provider }: World): boolean =>
  provider.listing !== undefined || provider.entityListing !== undefined

/** Whether its list would tell of such a change. */
const isListed = ({ provider: { listing, entityListing } }: World, { kind }: Change): boolean =>
  listing !== undefined || (entityListing !== undefined && (kind === undefined || entityListing.kinds.includes(kind)))
