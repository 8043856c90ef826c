import { pausedRoute, resumedRoute } from '../../cli/route-pauses.ts'
import { CommandError } from '../../cli/exit-codes.ts'
import { recordAudit } from '../../storage/audit-log.ts'
import { transaction } from '../../storage/pool.ts'
import { pauseRoute, resumeRoute } from '../../storage/route-pauses.ts'
import { loadUserCode } from '../installation/load-user-code.ts'
import { loadConfig } from '../load-config.ts'
import { operatorName } from '../process/operator.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn routes pause`: the handler's events wait until a person resumes it. */
export async function runRoutePause(
  { environment, output }: CommandContext,
  { handler, reason }: { handler: string; reason: string },
): Promise<void> {
  const settings = readSettings(environment)
  const { routes } = await loadUserCode(await loadConfig(settings))
  if (routes.workflowTypeOf(handler) === undefined) {
    throw new CommandError('usage', `There is no handler ${handler}: \`posthorn routes\` lists them.`)
  }
  const actor = operatorName(settings)
  await withPool(settings, (pool) =>
    transaction(pool, async (tx) => {
      await pauseRoute(tx, { handler, reason, actor })
      await recordAudit(tx, { actor, action: 'routes.pause', target: { handler }, reason })
    }),
  )
  pausedRoute({ handler, reason, actor }, output)
}

/** `posthorn routes resume`: what waited for the handler goes back to its place in the queue. */
export async function runRouteResume(
  { environment, output }: CommandContext,
  { handler, reason }: { handler: string; reason?: string },
): Promise<void> {
  const settings = readSettings(environment)
  const actor = operatorName(settings)
  const resumed = await withPool(settings, (pool) =>
    transaction(pool, async (tx) => {
      if (!(await resumeRoute(tx, handler))) return false
      await recordAudit(tx, {
        ...{ actor, action: 'routes.resume', target: { handler } },
        ...(reason !== undefined && { reason }),
      })
      return true
    }),
  )
  if (!resumed) throw new CommandError('failed', `${handler} is not paused.`)
  resumedRoute({ handler, actor }, output)
}
