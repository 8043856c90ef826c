import { Context } from '@temporalio/activity'
import type { ClosingOutcome, EventRef, Outcome } from '../domain/event.ts'
import type { MirrorEntity } from '../mirror/mirror-entity.ts'
import { countedTry } from './activity-tries.ts'

/** The engine's own activities. Their names are in recorded histories: they stay. */
export interface EngineActivities {
  posthornRecordOutcome(event: EventRef, outcome: ClosingOutcome): Promise<void>
  posthornMirrorEntity(event: EventRef): Promise<Outcome>
}

export interface EngineActivityOptions {
  recordOutcome: (event: EventRef, outcome: ClosingOutcome) => Promise<void>
  mirrorEntity: MirrorEntity
}

export const createEngineActivities = ({ recordOutcome, mirrorEntity }: EngineActivityOptions): EngineActivities => ({
  posthornRecordOutcome: recordOutcome,
  posthornMirrorEntity: (event) => mirrorEntity(event, countedTry(Context.current().info)),
})
