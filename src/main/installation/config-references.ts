import type { PosthornConfig, SourceConfig } from '../../kit/config.ts'

/** One mention of an environment variable in the configuration. */
export interface ConfigReference {
  name: string
  use: 'secret' | 'pathToken' | 'apiToken' | 'apiUrl' | 'apiListing' | 'setting'
  /** Of the source that mentions it. */
  provider?: SourceConfig['provider']
}

/** Beside the public key that is a source's secret, the private one: for what sends in the provider's place. */
export const signingKeyOf = (secret: string): string => `${secret}_SIGNING_KEY`

/** Every variable that a configuration refers to. */
export function configReferences(config: PosthornConfig): ConfigReference[] {
  const settings = Object.values(config.settings ?? {}).flatMap((value) =>
    typeof value === 'string' ? [] : [{ name: value.env, use: 'setting' } as const],
  )
  const ofSources = Object.values(config.sources).flatMap(({ provider, secret, pathToken, api }) =>
    [
      { name: secret.env, use: 'secret' } as const,
      ...(pathToken === undefined ? [] : [{ name: pathToken.env, use: 'pathToken' } as const]),
      ...(api?.token === undefined ? [] : [{ name: api.token.env, use: 'apiToken' } as const]),
      ...(typeof api?.baseUrl === 'object' ? [{ name: api.baseUrl.env, use: 'apiUrl' } as const] : []),
      ...(typeof api?.listing === 'object' ? [{ name: api.listing.env, use: 'apiListing' } as const] : []),
    ].map((reference) => ({ ...reference, provider })),
  )
  return [...ofSources, ...settings]
}

/** The names of these variables, with those that a secret has while it is rotated. */
export function namesIn(config: PosthornConfig): Set<string> {
  const suffixes = {
    secret: ['', '_PREVIOUS', '_PREVIOUS_UNTIL', '_NEXT', '_SIGNING_KEY'],
    pathToken: [''],
    apiToken: [''],
    apiUrl: [''],
    apiListing: [''],
    setting: [''],
  }
  return new Set(configReferences(config).flatMap(({ name, use }) => suffixes[use].map((suffix) => name + suffix)))
}
