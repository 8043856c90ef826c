import { CommandError } from '../../cli/exit-codes.ts'
import type { Settings } from '../settings/settings-table.ts'
import type { Environment } from '../settings.ts'
import { portHolder } from './port-holder.ts'
import { isListening, metricsPorts, receiverPort, stackPorts } from './ports.ts'

/**
 * Looks at every port that `posthorn dev` is about to use.
 * @throws CommandError that names all that are taken, and by whom.
 */
export async function assertPortsFree(settings: Settings, environment: Environment): Promise<void> {
  const { postgres, temporal, temporalUi } = stackPorts(settings)
  const plans = [
    receiverPort(settings),
    ...Object.values(metricsPorts(settings)),
    ...(environment['DATABASE_URL'] ? [] : [postgres]),
    ...(environment['TEMPORAL_ADDRESS'] ? [] : [temporal, temporalUi]),
  ]
  const problems: string[] = []
  for (const plan of plans) {
    if (plan.port === 0 || !(await isListening(plan))) continue
    const holder = (await portHolder(plan.port)) ?? 'another process'
    problems.push(`Port ${plan.port}, for the ${plan.purpose}, is taken by ${holder}: stop it, or set ${plan.setting}.`)
  }
  if (problems.length > 0) throw new CommandError('failed', problems.join('\n'))
}
