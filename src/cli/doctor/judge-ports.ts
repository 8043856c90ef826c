import { type Finding, failed, ok } from './finding.ts'

export interface PortUse {
  /** `receiver`, `metrics of serve`, … */
  purpose: string
  setting: string
  port: number
  /** Undefined when nothing listens there. `isPosthorn`: this installation's own process. */
  holder: { name: string; isPosthorn: boolean } | undefined
}

export function judgePorts(uses: readonly PortUse[]): Finding[] {
  return uses.map(({ purpose, setting, port, holder }) => {
    const check = `port ${port}`
    if (holder === undefined) return ok(check, `free, for the ${purpose}`)
    if (holder.isPosthorn) return ok(check, `in use by the ${purpose}`)
    return failed(
      check,
      `held by ${holder.name}`,
      `Stop ${holder.name}, or set ${setting}: the ${purpose} needs a port.`,
    )
  })
}
