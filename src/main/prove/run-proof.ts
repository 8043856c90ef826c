import type { Steps } from '../../cli/terminal/steps.ts'
import { type Judgement, judge } from '../../prove/judge.ts'
import { silentSources, unwarySources } from '../../prove/not-shown.ts'
import type { Proof } from '../../prove/proof.ts'
import { mirrorDifferences } from '../../simulator/mirror-differences.ts'
import { readMirror } from '../../storage/overview.ts'
import { listAnomalies, listStrayLetters, readRecords } from '../../storage/probe.ts'
import { watchBacklog } from './backlog.ts'
import type { ProveStage } from './prove-stage.ts'
import { settle } from './settle.ts'
import { raiseStorm } from './storm.ts'

export interface ProofOptions {
  events: number
  minutes: number
  steps: Steps
}

/** Raises the storm, waits until everything is settled, and holds what is in the database against what happened. */
export async function runProof(stage: ProveStage, { steps, ...options }: ProofOptions): Promise<Proof> {
  const backlog = watchBacklog(stage.pool)
  try {
    const { faults, ...storm } = await steps.run({
      name: 'Storm',
      work: (say) => raiseStorm(stage, backlog, { ...options, say }),
      result: (report) => `${stage.witness.events.size} events through ${report.faults.kill ?? 0} kills`,
    })
    const unread = await steps.run({
      name: 'Calm',
      work: (say) => settle(stage, backlog, { say }),
      result: () => (backlog.unfinished === 0 ? 'every run is closed' : `${backlog.unfinished} runs stay open`),
    })
    const { judgement, differences } = await steps.run({
      name: 'Judgement',
      work: () => inspect(stage),
      result: (seen) => `${seen.judgement.findings.length + seen.differences.length} findings`,
    })
    const { events, forged } = stage.witness
    const crashes = [...stage.parts.values()].reduce((sum, part) => sum + part.crashes, 0)
    const acknowledged = [...events.values()].filter((event) => event.acknowledged).length
    const { unfinished } = backlog
    const seen = { sent: events.size, acknowledged, forged, unread }
    const missed = { silent: silentSources(stage.witness), unwary: unwarySources(stage.witness) }
    return { ...seen, ...missed, ...storm, ...judgement, differences, faults, crashes, unfinished }
  } finally {
    await backlog.stop()
  }
}

async function inspect({ pool, witness, hooks }: ProveStage): Promise<{ judgement: Judgement; differences: string[] }> {
  const [anomalies, strayLetters] = [await listAnomalies(pool), await listStrayLetters(pool)]
  const judgement = await judge({ records: readRecords(pool), anomalies, strayLetters }, witness)
  const differences: string[] = []
  for (const { source, world } of hooks) {
    const found = mirrorDifferences(world.truth(), await readMirror(pool, source))
    differences.push(...found.map((difference) => `${source} ${difference}`))
  }
  return { judgement, differences }
}
