import { type Keyring, createKeyring } from '../../sealing/keyring.ts'
import type { Settings } from '../settings/settings-table.ts'

/** What seals and opens; undefined where the installation has no key. */
export function keyringOf({ sealing }: Settings): Keyring | undefined {
  const { codecKey, previousCodecKey } = sealing
  if (codecKey === undefined) return undefined
  return createKeyring([codecKey, ...(previousCodecKey === undefined ? [] : [previousCodecKey])])
}
