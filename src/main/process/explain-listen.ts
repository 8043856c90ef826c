import { CommandError } from '../../cli/exit-codes.ts'
import { portHolder } from './port-holder.ts'
import type { PortPlan } from './ports.ts'

/** The error of a server that could not listen, as a person needs it. */
export async function explainListen(error: unknown, { purpose, host, port, setting }: PortPlan): Promise<unknown> {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE': {
      const holder = (await portHolder(port)) ?? 'another process'
      return new CommandError(
        'failed',
        `Port ${port} is taken by ${holder}: stop it, or set ${setting} to another port for the ${purpose}.`,
        error,
      )
    }
    case 'EADDRNOTAVAIL':
      return new CommandError(
        'failed',
        `${host} is not an address of this machine: the ${purpose} cannot listen on it.`,
        error,
      )
    case 'EACCES':
      return new CommandError('failed', `Port ${port} needs privileges: set ${setting} to one above 1023.`, error)
    default:
      return error
  }
}
