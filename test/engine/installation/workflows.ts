import { continueAsNew, sleep, workflowInfo } from '@temporalio/workflow'
import {
  activities,
  awaitApproval,
  eventActivity,
  eventWorkflow,
  fail,
  ignored,
  processed,
  saga,
  waitFor,
} from 'posthorn/workflow'
import type { ToyActivities } from './activities.ts'

const { askInVain, noteStep, recordEffect, readReceived, readThing, refuse, takeTurn } =
  activities() as unknown as ToyActivities

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

export const toyAsking = eventWorkflow('toy/asking', async () => {
  await askInVain()
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
  { lane: { onDead: 'skip', gapWaitSeconds: 5 } },
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

/** Waits for the second half of a pair. Its ID ends with how long. Milliseconds. */
export const toyPair = eventWorkflow('toy/pair.*', async ({ eventId, type, entity }) => {
  const within = Number(eventId.split(':').at(-1))
  if (entity === undefined) return fail('no_entity', 'a pair is one of something')
  const second = await waitFor({ type: type.replace('pair.', ''), entity, within })
  return ignored(second === undefined ? 'alone' : `with ${second.eventId}`)
})

/** Waits for two events at a time. */
export const toyTriple = eventWorkflow('toy/triple', async ({ entity = { kind: 'thing', id: '' } }) => {
  const within = '1 minute'
  const found = await Promise.all(['left', 'right'].map((type) => waitFor({ type, entity, within })))
  return ignored(`with ${found.map((event) => event?.eventId).join(' and ')}`)
})

/** Asks a person. Its ID ends with how long. Milliseconds. */
export const toyQuestion = eventWorkflow('toy/question', async ({ eventId }) => {
  const within = Number(eventId.split(':').at(-1))
  const approval = await awaitApproval({ name: 'go on', summary: `Shall ${eventId} go on?`, within })
  if (approval.answer === 'timed_out') return ignored('timed out')
  return ignored(`${approval.answer} by ${approval.by}: ${approval.reason}`)
})

/** Takes two steps, and fails at the third; the ID may say what else goes wrong. */
export const toySaga = eventWorkflow('toy/saga', async (event) => {
  await saga(async (undo) => {
    undo(() => (event.eventId.startsWith('stuck') ? refuse() : noteStep(event, 'undo 1')))
    await noteStep(event, 'do 1')
    if (event.eventId.startsWith('bug')) throw new TypeError('a bug')
    undo(() => {
      // As a branch does that goes on while the others are undone.
      if (event.eventId === 'meanwhile') undo(() => noteStep(event, 'undo meanwhile'))
      return noteStep(event, 'undo 2')
    })
    await noteStep(event, 'do 2')
    await refuse()
  })
  return processed()
})
