import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PosthornConfig } from '../../kit/config.ts'
import { newSecret } from '../../providers/new-secret.ts'
import type { Provider } from '../../providers/provider.ts'
import { type ConfigReference, configReferences, signingKeyOf } from '../installation/config-references.ts'
import { namedProviders } from '../installation/named-providers.ts'
import { DEV_SECRETS_FILE, readEnvFile } from '../settings/environment.ts'
import type { Environment } from '../settings.ts'

const HEAD = `# Made by \`posthorn dev\` for what posthorn.config.ts refers to and nothing else sets. Kept, so that providers can be told.
# API tokens here only stand in: put real ones into .env, and canonical reads work.
`

/** May be unset: then there is no list, and no such setting. */
const OPTIONAL: ReadonlySet<ConfigReference['use']> = new Set(['apiListing', 'setting'])

/** Generates what the configuration refers to and the environment lacks, once. Returns the names that were added. */
export async function ensureDevSecrets(
  root: string,
  config: PosthornConfig,
  environment: Environment,
): Promise<string[]> {
  const lacking = configReferences(config).filter(({ name, use }) => !OPTIONAL.has(use) && !environment[name])
  const providers = await namedProviders(config)
  const made = Object.fromEntries(
    lacking.flatMap(({ provider, ...reference }) =>
      generate(reference, typeof provider === 'string' ? providers[provider] : provider),
    ),
  )
  if (Object.keys(made).length === 0) return []
  const file = join(root, DEV_SECRETS_FILE)
  const lines = Object.entries({ ...readEnvFile(file), ...made }).map(([name, value]) => `${name}=${value}\n`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, HEAD + lines.join(''), { mode: 0o600 })
  return Object.keys(made)
}

/** Names and values: a secret as its provider makes it, with the key to sign with where that is another; else what fits into a URL. */
function generate({ name, use }: ConfigReference, provider: Provider | undefined): [string, string][] {
  if (use === 'apiUrl') return hasOwnUrl(provider) ? [] : [[name, 'https://api.example.invalid']]
  if (use !== 'secret' || provider === undefined) return [[name, randomBytes(24).toString('base64url')]]
  const { sign, verify } = newSecret(provider)
  return sign === verify
    ? [[name, verify]]
    : [
        [name, verify],
        [signingKeyOf(name), sign],
      ]
}

/** Where every customer has a host of its own, none is there that could be read by default. */
const hasOwnUrl = (provider: Provider | undefined): boolean =>
  provider === undefined || 'view' in provider.canonical || provider.canonical.baseUrl !== ''
