import type { PosthornConfig } from '../../kit/config.ts'
import { isProviderName, loadProviders } from '../../providers/load-providers.ts'
import type { Provider } from '../../providers/provider.ts'

/** The shipped providers that sources name; a name that is wrong is found when the sources are resolved. */
export const namedProviders = ({ sources }: PosthornConfig): Promise<Readonly<Record<string, Provider>>> =>
  loadProviders(
    Object.values(sources)
      .map(({ provider }) => provider)
      .filter((provider) => typeof provider === 'string' && isProviderName(provider)),
  )
