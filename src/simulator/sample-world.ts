import type { IdentifiedEvent, Provider } from '../providers/provider.ts'
import type { Random } from './random.ts'
import type { Samples } from './samples.ts'
import type { Change, Truth, World } from './world.ts'

/**
 * A sender without an API: every change is a sample of one of its types, about something of its own. What its bodies say is the truth,
 * as far as the provider takes them for it.
 */
export function createSampleWorld(provider: Provider, random: Random, samples: Samples): World {
  const truths: Truth[] = []
  return {
    provider,
    headers: { 'content-type': 'application/json' },
    signsTime: false,
    redelivers: provider.delivery?.retryAfterSeconds?.length !== 0,
    change(now): Change {
      const type = random.pick(samples.types)
      const seed = random.hex(16)
      const id = samples.newId(seed)
      const written = samples.write(type, { id, now, seed })
      if (written === undefined) throw new Error(`no sample of ${type}`)
      const event = identify(provider, written.body)
      truths.push(...truthOf(provider, event, written.body))
      return { eventId: event?.id ?? id, type, occurredAt: now, ...written }
    },
    read: () => undefined,
    explain: (status) => ({ message: `Answered ${status}.` }),
    truth: () => truths,
  }
}

function truthOf({ canonical }: Provider, event: IdentifiedEvent | undefined, body: Buffer): Truth[] {
  const view = 'view' in canonical ? canonical.view(body) : undefined
  if (event?.entity === undefined || view === undefined) return []
  return [{ entity: event.entity, state: event.deletes === true ? undefined : view.state }]
}

/** Where the ID stands in a header, it is the one that the sample was made with. */
function identify(provider: Provider, body: Buffer): IdentifiedEvent | undefined {
  try {
    return provider.identify({ method: 'POST', url: '', headers: {}, body })[0]
  } catch {
    return undefined
  }
}
