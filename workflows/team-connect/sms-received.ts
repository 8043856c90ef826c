import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { confirmMessage, optOut, queueMessage, trackSms } = activities()

/** A message came in: log it, and do what it asks for, or put it before a person and say so. */
export const teamConnectSmsReceived = eventWorkflow('team-connect/sms.received', async (event) => {
  const sms = await trackSms(event)
  if (!sms?.from) return ignored('message is gone')
  if (/^\s*stop\b/i.test(sms.text ?? '')) {
    await optOut(sms.from)
    return processed()
  }
  await queueMessage({ sms: sms.sms_id, number: sms.from })
  await confirmMessage(sms.from)
  return processed()
})
