import { setTimeout as delay } from 'node:timers/promises'
import type { Fault, LinkFault, LinkName, PartName } from '../../prove/fault-plan.ts'
import type { TcpProxy } from '../../stack/tcp-proxy.ts'
import type { Mortal } from './mortal.ts'

/** What can be broken. */
export interface Victims {
  parts: ReadonlyMap<PartName, Mortal>
  links: ReadonlyMap<LinkName, TcpProxy>
}

/** One way, once in a while, between the two coasts of an ocean. */
const LATENCY_MS = 120

/** Lets a fault happen; resolves when it is over, and what was killed runs again. False: it could not be done. */
export async function disturb({ parts, links }: Victims, fault: Fault): Promise<boolean> {
  if ('part' in fault) {
    const part = parts.get(fault.part)
    return (await (fault.kind === 'kill' ? part?.kill(fault.ms) : part?.pause(fault.ms))) ?? false
  }
  const link = links.get(fault.link)
  if (link === undefined) return false
  const [begin, end] = DISTURBANCES[fault.kind]
  begin(link)
  await delay(fault.ms)
  end(link)
  return true
}

const DISTURBANCES: Readonly<Record<LinkFault['kind'], readonly [begin: Act, end: Act]>> = {
  refuse: [(link) => link.refuse(), (link) => link.accept()],
  freeze: [(link) => link.freeze(), (link) => link.thaw()],
  delay: [(link) => link.delay(LATENCY_MS), (link) => link.delay(0)],
}
type Act = (link: TcpProxy) => void
