import type { PosthornConfig } from '../../kit/config.ts'

/** One mention of an environment variable in the configuration. */
export interface ConfigReference {
  name: string
  use: 'secret' | 'pathToken' | 'apiToken' | 'apiUrl' | 'apiListing'
}

/** Every variable that a configuration refers to. */
export function configReferences(config: PosthornConfig): ConfigReference[] {
  return Object.values(config.sources).flatMap(({ secret, pathToken, api }) => [
    { name: secret.env, use: 'secret' } as const,
    ...(pathToken === undefined ? [] : [{ name: pathToken.env, use: 'pathToken' } as const]),
    ...(api?.token === undefined ? [] : [{ name: api.token.env, use: 'apiToken' } as const]),
    ...(typeof api?.baseUrl === 'object' ? [{ name: api.baseUrl.env, use: 'apiUrl' } as const] : []),
    ...(typeof api?.listing === 'object' ? [{ name: api.listing.env, use: 'apiListing' } as const] : []),
  ])
}

/** The names of these variables, with those that a secret has while it is rotated. */
export function namesIn(config: PosthornConfig): Set<string> {
  const suffixes = {
    secret: ['', '_PREVIOUS', '_PREVIOUS_UNTIL', '_NEXT'],
    pathToken: [''],
    apiToken: [''],
    apiUrl: [''],
    apiListing: [''],
  }
  return new Set(configReferences(config).flatMap(({ name, use }) => suffixes[use].map((suffix) => name + suffix)))
}
