import { type Family, type SampleBook, wholeSeconds } from '../sample.ts'

const ACCOUNT = `AC${'0'.repeat(31)}1`
const PARTIES = { From: '+15017122661', To: '+15558675310' }

/** Twilio names things by 32 digits behind two letters: the digits are the ID of the sample. */
const sidOf = (prefix: string, id: string): string => (id.startsWith(prefix) ? id : prefix + id)

const form = (fields: Record<string, string>): URLSearchParams =>
  new URLSearchParams({ AccountSid: ACCOUNT, ApiVersion: '2010-04-01', ...fields })

const FAILED = new Set(['failed', 'undelivered'])

const message: Family = ({ id }, status) => {
  const sid = sidOf('SM', id)
  return form({
    MessageSid: sid,
    SmsSid: sid,
    ...(status === 'received'
      ? { SmsStatus: status, Body: 'On my way.', NumMedia: '0', NumSegments: '1' }
      : { MessageStatus: status, SmsStatus: status }),
    ...(FAILED.has(status) && { ErrorCode: '30008' }),
    ...PARTIES,
  })
}

const STEPS = ['initiated', 'ringing', 'in-progress']

const call: Family = ({ id, now }, status) =>
  form({
    CallSid: sidOf('CA', id),
    CallStatus: status,
    Direction: 'outbound-api',
    CallbackSource: 'call-progress-events',
    SequenceNumber: String(STEPS.includes(status) ? STEPS.indexOf(status) : STEPS.length),
    Timestamp: now.toUTCString().replace('GMT', '+0000'),
    ...(status === 'completed' && { CallDuration: '15' }),
    ...PARTIES,
  })

const recording: Family = ({ id, random }, status) =>
  form({
    RecordingSid: sidOf('RE', id),
    CallSid: `CA${random.hex(32)}`,
    RecordingStatus: status,
    ...(status === 'completed' && {
      RecordingUrl: `https://api.twilio.com/2010-04-01/Accounts/${ACCOUNT}/Recordings/${sidOf('RE', id)}`,
      RecordingDuration: '9',
      RecordingChannels: '1',
    }),
  })

const conference: Family = ({ id, now }, event) =>
  form({
    ConferenceSid: sidOf('CF', id),
    FriendlyName: 'standup',
    StatusCallbackEvent: event,
    SequenceNumber: '1',
    Timestamp: now.toUTCString().replace('GMT', '+0000'),
  })

/** What an event stream carries, an array of one. */
const streamed =
  (prefix: string, collection: string, sid: string): Family =>
  ({ id, now, random }, name) => [
    {
      specversion: '1.0',
      type: `${prefix}.${name}`,
      source: `/2010-04-01/Accounts/${ACCOUNT}/${collection}/${sid}${random.hex(32)}.json`,
      id,
      time: wholeSeconds(now),
      datacontenttype: 'application/json',
      data: { accountSid: ACCOUNT, timestamp: wholeSeconds(now) },
    },
  ]

const MESSAGING = 'com.twilio.messaging'
const CALLS = 'com.twilio.voice.status-callback.call'

export const samples: SampleBook = {
  newId: (random) => random.hex(32),
  families: {
    message,
    call,
    recording,
    conference,
    [`${MESSAGING}.message`]: streamed(`${MESSAGING}.message`, 'Messages', 'SM'),
    [`${MESSAGING}.inbound-message`]: streamed(`${MESSAGING}.inbound-message`, 'Messages', 'SM'),
    [CALLS]: streamed(CALLS, 'Calls', 'CA'),
  },
}
