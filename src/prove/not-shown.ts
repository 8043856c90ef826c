import type { Proof } from './proof.ts'
import type { Witness } from './witness.ts'

/** What a proof has to show before it may say that all is well. */
type Shown = Pick<
  Proof,
  'acknowledged' | 'forged' | 'withheld' | 'recovered' | 'covered' | 'faults' | 'silent' | 'unwary' | 'unread'
>

/** A sentence for everything that did not happen, and without which nothing is proven however right the rest is. */
export function notShown(proof: Shown): string[] {
  const { acknowledged, forged, withheld, recovered, covered, faults, silent, unwary, unread } = proof
  return [
    ...(acknowledged === 0 ? ['No webhook was acknowledged.'] : []),
    ...silent.map((source) => `No webhook of ${source} was acknowledged.`),
    ...((faults.kill ?? 0) === 0 ? ['No process was killed.'] : []),
    ...(forged === 0 ? ['No forgery was refused for being one.'] : []),
    ...unwary.map((source) => `No forgery at ${source} was refused for being one.`),
    ...(withheld + recovered + covered === 0 ? ['No event lost its webhook, so none had to be recovered.'] : []),
    ...unread.map((source) => `Nobody has read the list of ${source} since the last event.`),
  ]
}

/** Of fewer events all webhooks may have met a dead receiver. */
const ENOUGH = 20

/** Sources with so many events that some of their webhooks must have been acknowledged, and none was. */
export function silentSources({ events }: Pick<Witness, 'events'>): string[] {
  const counts = new Map<string, { happened: number; acknowledged: number }>()
  for (const [name, event] of events) {
    const [source = ''] = name.split(' ')
    const count = counts.get(source) ?? { happened: 0, acknowledged: 0 }
    counts.set(source, count)
    count.happened += 1
    if (event.acknowledged) count.acknowledged += 1
  }
  const isSilent = ({ happened, acknowledged }: { happened: number; acknowledged: number }): boolean =>
    happened >= ENOUGH && acknowledged === 0
  return [...counts].filter(([, count]) => isSilent(count)).map(([source]) => source)
}

/** Sources at which something happened, and so forgeries came, also in the calm; and none was refused for being one. */
export function unwarySources({ events, wary }: Pick<Witness, 'events' | 'wary'>): string[] {
  const sources = new Set([...events.keys()].map((name) => name.split(' ')[0] ?? ''))
  return [...sources].filter((source) => !wary.has(source))
}
