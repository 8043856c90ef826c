import { continueAsNew, sleep, workflowInfo } from '@temporalio/workflow'
import { activities, eventActivity, eventWorkflow, fail, ignored, processed } from 'posthorn/workflow'
import type { ToyActivities } from './activities.ts'

const { recordEffect, readReceived, readThing, refuse, takeTurn } = activities() as unknown as ToyActivities

export const toyPlain = eventWorkflow('toy/plain', async (event) => {
  await recordEffect(event)
  return processed()
})

export const toyReading = eventWorkflow('toy/thing.reading', async (event) => {
  const thing = await readThing(event)
  if (thing === undefined) return ignored('thing is gone')
  await recordEffect(event)
  return processed()
})

export const toyStrict = eventWorkflow('toy/thing.strict', async (event) => {
  await recordEffect(event)
  return processed()
})

export const toyRefused = eventWorkflow('toy/refused', async () => {
  await refuse()
  return processed()
})

export const toyFailing = eventWorkflow('toy/failing', async () =>
  fail('not_for_us', 'this event is for somebody else'),
)

export const toyWaiting = eventWorkflow('toy/waiting', async () => {
  await sleep('1 hour')
  return processed()
})

export const toyEdge = eventWorkflow('toy/edge', async (event) => {
  await readReceived(event)
  return processed()
})

export const toySerial = eventWorkflow(
  'toy/serial',
  async (event) => {
    await takeTurn(event)
    return event.eventId.startsWith('dies') ? fail('dies', 'as its ID says') : processed()
  },
  { lane: { onDead: 'skip', gapWaitSeconds: 1 } },
)

/** Two runs under one workflow ID; only the second one ends the event. */
export const toyContinued = eventWorkflow('toy/continued', async (event) => {
  if (workflowInfo().continuedFromExecutionRunId === undefined) await continueAsNew(event)
  await recordEffect(event)
  return processed()
})

/** A bug that heals: workflow tasks fail for a while, as between a bad deploy and the next one. */
export const toyHealed = eventWorkflow('toy/healed', async (event) => {
  const { unsafe, startTime } = workflowInfo()
  if (!unsafe.isReplaying && unsafe.now() - startTime.getTime() < 1_000) throw new Error('a bug')
  await recordEffect(event)
  return processed()
})

export const toyTouch = eventActivity('toy/touch.*', 'touch')
