/** The catalogue of Team-Connect's guide, section 09. Its samples use two other names for the same events. */
export const EVENT_TYPES = [
  'call.started',
  'call.answered',
  'call.ended',
  'call.missed',
  'call.voicemail',
  'call.recording.completed',
  'call.transcript.completed',
  'sms.received',
  'sms.sent',
  'sms.delivered',
  'sms.failed',
  'agent.action.completed',
  'agent.handoff',
  'agent.error',
] as const

const ALIASES: Readonly<Record<string, string>> = {
  'call.completed': 'call.ended',
  'recording.completed': 'call.recording.completed',
}

/** The catalogue's name of an event type; a type that it does not list stays as it is. */
export const canonicalType = (type: string): string =>
  (Object.hasOwn(ALIASES, type) ? ALIASES[type] : undefined) ?? type
