import { userInfo } from 'node:os'
import type { Settings } from '../settings/settings-table.ts'

/** Who gives a command, for the audit log: the name that was set, or else the one that the machine knows. */
export function operatorName({ process }: Settings): string {
  if (process.operator !== undefined) return process.operator
  try {
    return userInfo().username
  } catch {
    // In a container the user may have a number only.
    return 'unknown'
  }
}
