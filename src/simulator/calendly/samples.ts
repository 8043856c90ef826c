import { type Family, type SampleBook, type SampleFacts } from '../sample.ts'

const API = 'https://api.calendly.com'

/** Calendly writes six digits behind the second. */
const time = (at: Date): string => at.toISOString().replace('Z', '000Z')

const event =
  (family: string, payload: (facts: SampleFacts, name: string) => object): Family =>
  (facts, name) => ({
    event: `${family}.${name}`,
    created_at: time(facts.now),
    created_by: `${API}/users/AAAAAAAAAAAAAAAA`,
    payload: payload(facts, name),
  })

const HOUR_MS = 3_600_000

const meetingOf = ({ now, random }: SampleFacts, status: string): object => ({
  uri: `${API}/scheduled_events/${random.uuid()}`,
  name: '30 minutes',
  status,
  start_time: time(new Date(now.getTime() + 24 * HOUR_MS)),
  end_time: time(new Date(now.getTime() + 24.5 * HOUR_MS)),
  event_type: `${API}/event_types/BBBBBBBBBBBBBBBB`,
  created_at: time(now),
  updated_at: time(now),
})

const invitee = event('invitee', (facts, name) => {
  const status = name === 'canceled' ? 'canceled' : 'active'
  return {
    uri: `${API}/scheduled_events/${facts.random.uuid()}/invitees/${facts.id}`,
    email: 'ada@example.com',
    name: 'Ada Quist',
    status,
    timezone: 'Europe/Dublin',
    rescheduled: false,
    scheduled_event: meetingOf(facts, status),
    questions_and_answers: [],
  }
})

export const samples: SampleBook = {
  newId: (random) => random.uuid(),
  families: {
    invitee,
    invitee_no_show: event('invitee_no_show', ({ id, now, random }) => ({
      uri: `${API}/invitee_no_shows/${id}`,
      invitee: `${API}/scheduled_events/${random.uuid()}/invitees/${random.uuid()}`,
      created_at: time(now),
    })),
    routing_form_submission: event('routing_form_submission', ({ id, now }) => ({
      uri: `${API}/routing_form_submissions/${id}`,
      routing_form: `${API}/routing_forms/CCCCCCCCCCCCCCCC`,
      questions_and_answers: [{ question_uuid: '7e1c0c2e', question: 'What is it about?', answer: 'An order.' }],
      created_at: time(now),
      updated_at: time(now),
    })),
    event_type: event('event_type', ({ id, now }, name) => ({
      uri: `${API}/event_types/${id}`,
      name: '30 minutes',
      active: name !== 'deleted',
      duration: 30,
      created_at: time(now),
      updated_at: time(now),
    })),
  },
}
