import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { clearBounces, reportDelivery, trackSms } = activities()

/** A message arrived, which may come before the word that it left: its number works, and nobody has to call instead. */
export const teamConnectSmsDelivered = eventWorkflow('team-connect/sms.delivered', async (event) => {
  const sms = await trackSms(event)
  if (!sms?.to) return ignored('message is gone')
  if (sms.status !== 'delivered') return ignored('message was not delivered after all')
  await clearBounces({ sms: sms.sms_id, number: sms.to })
  await reportDelivery(sms.sms_id)
  return processed()
})
