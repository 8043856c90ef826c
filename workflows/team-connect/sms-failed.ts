import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { countBounce, queueCallback, trackSms } = activities()

/** A message could not be delivered: count that against the number, and take another way. */
export const teamConnectSmsFailed = eventWorkflow('team-connect/sms.failed', async (event) => {
  const sms = await trackSms(event)
  if (!sms?.to) return ignored('message is gone')
  if (sms.status !== 'failed') return ignored('message was delivered after all')
  await countBounce({ sms: sms.sms_id, number: sms.to })
  await queueCallback({ about: sms.sms_id, number: sms.to, why: 'message failed' })
  return processed()
})
