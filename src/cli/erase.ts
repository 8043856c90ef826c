import type { EraseRequest, Erasure } from '../storage/erasures.ts'
import { CommandError } from './exit-codes.ts'
import type { Output } from './output.ts'

export interface EraseOptions {
  request: EraseRequest
  erase: (request: EraseRequest) => Promise<Erasure>
  output: Output
}

/**
 * Has payloads erased, and prints the proof.
 * @throws CommandError when there is nothing of the kind.
 */
export async function erase({ request, erase, output }: EraseOptions): Promise<void> {
  const erasure = await erase(request)
  if (erasure.events + erasure.items.length === 0) {
    throw new CommandError(
      'failed',
      'Nothing of the kind is stored. Look at `posthorn events` for the source and the IDs.',
    )
  }
  output.show({ dryRun: request.dryRun, ...erasure }, (result) => lines(result, request.dryRun))
}

function lines({ id, events, unfinished, counts, digest }: Erasure, dryRun: boolean): string[] {
  const contents = Object.entries(counts).map(([content, count]) => `  ${content}: ${count}`)
  const proof = dryRun
    ? ['Nothing was changed.']
    : [`Erasure ${id}, digest ${digest}.`, 'Print it with --json to keep the list that the digest is of.']
  return [
    `${dryRun ? 'Would erase' : 'Erased'} the payloads of ${events} events:`,
    ...contents,
    ...(unfinished === 0
      ? []
      : [
          `${unfinished} of them are not finished: their handlers go on, and may fail with payload_gone. Erase again when they have ended.`,
        ]),
    ...proof,
  ]
}
