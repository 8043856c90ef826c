import { eventActivity } from 'posthorn/workflow'

/** A message arrived; this may come before the word that it left. */
export const teamConnectSmsDelivered = eventActivity('team-connect/sms.delivered', 'trackSms')
