import type { ReconcileTotals } from '../../domain/reconciliation.ts'
import type { RequestProgress } from '../../storage/list-coverage.ts'

export interface ReconcileResult extends ReconcileTotals {
  source: string
  from?: string
  to?: string
}

export function resultLines({ source, listings, listed, recovered, doubtful }: ReconcileResult): string[] {
  if (listings === 0) return [`Nothing of ${source} was due, or its provider has no list.`]
  return [
    `${listings} listings of ${source} showed ${listed} entries; ${recovered} were not here and are now.`,
    ...(doubtful === 0
      ? []
      : [`${doubtful} windows are in doubt: posthorn reconcile coverage --source ${source} --unproven`]),
  ]
}

export const progressLine = ({ windows, listedWindows, pages, entries, recovered }: RequestProgress): string =>
  windows === 0
    ? 'waiting for a worker'
    : `${listedWindows} of ${windows} windows, ${pages} pages of the next · ${entries} entries, ${recovered} recovered`
