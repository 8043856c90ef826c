import { PROVIDER_NAMES, loadProviders } from '../../providers/load-providers.ts'
import type { Provider } from '../../providers/provider.ts'

/** All of them, in the order of the alphabet: for what tells about providers, not for what serves them. */
export const shippedProviders = async (): Promise<Provider[]> =>
  Object.values<Provider>(await loadProviders(PROVIDER_NAMES)).sort((a, b) => a.name.localeCompare(b.name))
