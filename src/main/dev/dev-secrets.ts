import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PosthornConfig } from '../../kit/config.ts'
import { type ConfigReference, configReferences } from '../installation/config-references.ts'
import { DEV_SECRETS_FILE, readEnvFile } from '../settings/environment.ts'
import type { Environment } from '../settings.ts'

const HEAD = `# Made by \`posthorn dev\` for what posthorn.config.ts refers to and nothing else sets. Kept, so that providers can be told.
# API tokens here only stand in: put real ones into .env, and canonical reads work.
`

/** May be unset: then the provider's own URL is read, and no list. */
const OPTIONAL: ReadonlySet<ConfigReference['use']> = new Set(['apiUrl', 'apiListing'])

/** Generates what the configuration refers to and the environment lacks, once. Returns the names that were added. */
export async function ensureDevSecrets(
  root: string,
  config: PosthornConfig,
  environment: Environment,
): Promise<string[]> {
  const lacking = configReferences(config).filter(({ name, use }) => !OPTIONAL.has(use) && !environment[name])
  if (lacking.length === 0) return []
  const file = join(root, DEV_SECRETS_FILE)
  const made = Object.fromEntries(lacking.map((reference) => [reference.name, generate(reference)]))
  const lines = Object.entries({ ...readEnvFile(file), ...made }).map(([name, value]) => `${name}=${value}\n`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, HEAD + lines.join(''), { mode: 0o600 })
  return Object.keys(made)
}

/** A signing secret in the form that the strictest provider asks for, which suits the others, too; else what fits into a URL. */
const generate = ({ use }: ConfigReference): string =>
  use === 'secret' ? `whsec_${randomBytes(32).toString('base64')}` : randomBytes(24).toString('base64url')
