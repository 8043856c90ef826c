import { sleep } from '@temporalio/workflow'
import { activities, eventWorkflow, processed } from 'posthorn/workflow'
import type { Activities } from './activities.ts'

const { flicker, recordEffect } = activities() as unknown as Activities

export const toySlip = eventWorkflow('toy/slip', async (event) => {
  await recordEffect(event)
  // Long enough for the sweep to see it at work.
  await sleep('5 seconds')
  return processed()
})

export const toyFlicker = eventWorkflow('toy/flicker', async (event) => {
  await flicker(event)
  return processed()
})
