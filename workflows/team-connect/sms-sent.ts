import { eventActivity } from 'posthorn/workflow'

/** A message left: log it. */
export const teamConnectSmsSent = eventActivity('team-connect/sms.sent', 'trackSms')
