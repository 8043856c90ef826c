import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { countSent, trackSms } = activities()

/** A message left: log it, and count it, so that no number gets too many of them. */
export const teamConnectSmsSent = eventWorkflow('team-connect/sms.sent', async (event) => {
  const sms = await trackSms(event)
  if (!sms?.to) return ignored('message is gone')
  await countSent({ sms: sms.sms_id, number: sms.to, at: event.occurredAt ?? event.receivedAt })
  return processed()
})
