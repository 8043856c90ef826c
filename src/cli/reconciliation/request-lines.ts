import type { RequestOutcome, RequestProgress } from '../../storage/list-coverage.ts'

export interface ReconcileResult extends RequestOutcome {
  source: string
  from?: string
  to?: string
}

export function resultLines(result: ReconcileResult): string[] {
  const { source, from, to, windows, listed, recovered, doubtful, unlisted } = result
  const span = from === undefined || to === undefined ? '' : `, from ${from} to ${to}`
  const unproven = `posthorn reconcile coverage --source ${source} --unproven`
  return [
    windows === 0
      ? `Nothing of ${source} was listed${unlisted === 0 ? ': nothing was due, or its provider has no list' : ''}.`
      : `${windows} windows of ${source} were listed${span}: ${listed} entries, of which ${recovered} came by the list and by no webhook.`,
    ...(doubtful === 0 ? [] : [`${doubtful} windows are in doubt: ${unproven}`]),
    ...(unlisted === 0 ? [] : [`No list reaches a part of that time, and nothing in it was compared: ${unproven}`]),
  ]
}

export const progressLine = ({ windows, listedWindows, pages, entries, recovered }: RequestProgress): string =>
  windows === 0
    ? 'waiting for a worker'
    : `${listedWindows} of ${windows} windows, ${pages} pages of the next · ${entries} entries, ${recovered} recovered`
