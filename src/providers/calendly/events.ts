import { z, type ZodType } from 'zod'

const uri = z.url()
const time = z.iso.datetime({ offset: true })

const event = <Fields extends z.ZodRawShape>(fields: Fields) =>
  z.looseObject({ event: z.string().min(1), created_at: time, payload: z.looseObject({ uri, ...fields }) })

const invitee = event({
  email: z.string().min(1),
  status: z.enum(['active', 'canceled']),
  rescheduled: z.boolean().optional(),
  scheduled_event: z.looseObject({ uri, start_time: time, end_time: time }),
})
const submission = event({
  questions_and_answers: z.array(z.looseObject({ question: z.string(), answer: z.string() })),
})
const eventType = event({ name: z.string().nullish() })

export const schemas: Readonly<Record<string, ZodType>> = {
  'invitee.created': invitee,
  'invitee.canceled': invitee,
  'invitee_no_show.created': event({}),
  'invitee_no_show.deleted': event({}),
  'routing_form_submission.created': submission,
  'event_type.created': eventType,
  'event_type.deleted': eventType,
  'event_type.updated': eventType,
}
