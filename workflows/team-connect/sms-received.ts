import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { optOut, trackSms } = activities()

/** A message came in: log it, and do what it asks for. */
export const teamConnectSmsReceived = eventWorkflow('team-connect/sms.received', async (event) => {
  const sms = await trackSms(event)
  if (!sms) return ignored('message is gone')
  if (sms.from && /^\s*stop\b/i.test(sms.text ?? '')) await optOut(sms.from)
  return processed()
})
