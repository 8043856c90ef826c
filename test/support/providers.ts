import { PROVIDER_NAMES, type Providers, loadProviders } from '../../src/providers/index.ts'

/** All shipped providers, loaded. */
export const providers: Providers = await loadProviders(PROVIDER_NAMES)
