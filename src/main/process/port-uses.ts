import type { PortUse } from '../../cli/doctor/judge-ports.ts'
import type { Settings } from '../settings/settings-table.ts'
import { portHolder } from './port-holder.ts'
import { type PortPlan, isListening, metricsPorts, reachableHost, receiverPort } from './ports.ts'

/** A URL whose answer holds a text that only our own process would give. */
interface Sign {
  scheme: 'http' | 'https'
  path: string
  text: string
}

const SIGN_TIMEOUT_MS = 1_000

/** Which of the configured ports are in use, and by whom. */
export function portUses(settings: Settings): Promise<PortUse[]> {
  const { serve, work, temporal } = metricsPorts(settings)
  const scheme = settings.receiver.tlsCertificate === undefined ? 'http' : 'https'
  const metrics = { scheme: 'http', path: '/metrics', text: 'posthorn_' } as const
  const plans: [PortPlan, Sign][] = [
    [receiverPort(settings), { scheme, path: '/health/live', text: '"status":"healthy"' }],
    [serve, metrics],
    [work, metrics],
    [temporal, { ...metrics, text: 'temporal_' }],
  ]
  return Promise.all(
    plans
      .filter(([{ port }]) => port !== 0)
      .map(async ([plan, sign]) => ({ ...plan, holder: await findHolder(plan, sign) })),
  )
}

async function findHolder(plan: PortPlan, sign: Sign): Promise<PortUse['holder']> {
  if (!(await isListening(plan))) return undefined
  const name = (await portHolder(plan.port)) ?? 'another process'
  const host = reachableHost(plan)
  const url = `${sign.scheme}://${host.includes(':') ? `[${host}]` : host}:${plan.port}${sign.path}`
  return { name, isPosthorn: await says(url, sign.text) }
}

async function says(url: string, text: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(SIGN_TIMEOUT_MS) })
    return (await response.text()).includes(text)
  } catch {
    return false
  }
}
