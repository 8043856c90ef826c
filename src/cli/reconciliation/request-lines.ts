import type { RequestOutcome, RequestProgress } from '../../storage/list-coverage.ts'

export interface ReconcileResult extends RequestOutcome {
  source: string
  from?: string
  to?: string
}

export function resultLines({ source, from, to, windows, listed, recovered, doubtful }: ReconcileResult): string[] {
  if (windows === 0) return [`Nothing of ${source} was due, or its provider has no list.`]
  const span = from === undefined || to === undefined ? '' : `, from ${from} to ${to}`
  return [
    `${windows} windows of ${source} were listed${span}: ${listed} entries, of which ${recovered} came by the list and by no webhook.`,
    ...(doubtful === 0
      ? []
      : [`${doubtful} windows are in doubt: posthorn reconcile coverage --source ${source} --unproven`]),
  ]
}

export const progressLine = ({ windows, listedWindows, pages, entries, recovered }: RequestProgress): string =>
  windows === 0
    ? 'waiting for a worker'
    : `${listedWindows} of ${windows} windows, ${pages} pages of the next · ${entries} entries, ${recovered} recovered`
