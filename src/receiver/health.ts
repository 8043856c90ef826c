import type { Middleware } from 'koa'
import { Refusal, answer } from './answer.ts'

/** One dependency of the receiver. */
export interface HealthCheck {
  name: string
  /** Whether events can be made durable by it, without the others. */
  keepsEvents: boolean
  /** Resolves to false, or rejects, while the dependency does not answer. */
  check(): Promise<boolean>
}

const LIVE = '/health/live'
/** `/webhooks/health` is where senders look before they disable an integration. */
export const HEALTH_PATHS: ReadonlySet<string> = new Set([LIVE, '/health/ready', '/webhooks/health'])

const CHECK_TIMEOUT_MS = 2_000

/**
 * Answers the health paths. They stay open to plain HTTP and to clients without a certificate: probes come from inside, with
 * neither, and the answer holds nothing worth hiding.
 */
export function answerHealth(checks: readonly HealthCheck[]): Middleware<object> {
  const probe = shareWhileRunning(() => probeAll(checks))
  return async (ctx, next) => {
    if (!HEALTH_PATHS.has(ctx.path)) {
      await next()
      return
    }
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw new Refusal('method_not_allowed', { Allow: 'GET, HEAD' })
    const { healthy, dependencies } = ctx.path === LIVE ? { healthy: true } : await probe()
    ctx.set('Cache-Control', 'no-store')
    answer(ctx, {
      status: healthy ? 200 : 503,
      body: JSON.stringify({ status: healthy ? 'healthy' : 'unhealthy', dependencies }),
    })
  }
}

interface Health {
  healthy: boolean
  dependencies?: Record<string, 'up' | 'down'>
}

async function probeAll(checks: readonly HealthCheck[]): Promise<Health> {
  const ups = await Promise.all(checks.map(isUp))
  return {
    healthy: checks.some(({ keepsEvents }, index) => keepsEvents && ups[index]),
    dependencies: Object.fromEntries(checks.map(({ name }, index) => [name, ups[index] ? 'up' : 'down'])),
  }
}

async function isUp({ check }: HealthCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS)
  })
  try {
    return await Promise.race([check(), timeout])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

/** Anybody may ask for our health; however many do, one probe is under way at a time. */
function shareWhileRunning<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined
  return () => (running ??= run().finally(() => (running = undefined)))
}
