import type { Output } from '../../cli/output.ts'
import type { Environment } from '../settings.ts'

/** What every command gets: the variables in force, and where its answer goes. */
export interface CommandContext {
  environment: Environment
  output: Output
}
