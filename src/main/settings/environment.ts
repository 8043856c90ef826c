import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Environment } from '../settings.ts'

/** Secrets that `posthorn dev` generated. */
export const DEV_SECRETS_FILE = join('.posthorn', 'dev.env')
/** Where the Postgres and Temporal of `posthorn dev` are, while it runs. */
export const DEV_STACK_FILE = join('.posthorn', 'stack.env')

/**
 * The variables of this process over those of `.env` over those that `posthorn dev` left, all in `folder`. In production only
 * the variables of the process count: a forgotten file must not decide there.
 */
export function readEnvironment(processEnv: Environment, folder: string): Environment {
  if (processEnv['NODE_ENV'] === 'production') return processEnv
  return { ...readEnvFile(join(folder, DEV_SECRETS_FILE)), ...readEnvFile(join(folder, '.env')), ...processEnv }
}

/** The same, with the servers of a running `posthorn dev` where no others are named. */
export function withDevStack(environment: Environment, folder: string): Environment {
  return environment['NODE_ENV'] === 'production'
    ? environment
    : { ...readEnvFile(join(folder, DEV_STACK_FILE)), ...environment }
}

export function readEnvFile(file: string): Environment {
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
}
