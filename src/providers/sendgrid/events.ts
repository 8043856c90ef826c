import { z, type ZodType } from 'zod'

const id = z.string().min(1)

const event = z.looseObject({
  event: id,
  sg_event_id: id,
  email: z.string(),
  /** Unix seconds. */
  timestamp: z.int(),
  sg_message_id: z.string().nullish(),
  'smtp-id': z.string().nullish(),
  category: z.union([z.string(), z.array(z.string())]).nullish(),
})
const failure = event.extend({ reason: z.string().nullish(), status: z.string().nullish() })
const engagement = event.extend({ ip: z.string().nullish(), useragent: z.string().nullish() })
const groupChange = event.extend({ asm_group_id: z.int() })

export const schemas: Readonly<Record<string, ZodType>> = {
  processed: event,
  delivered: event.extend({ response: z.string().nullish() }),
  deferred: event.extend({ response: z.string().nullish(), attempt: z.union([z.string(), z.int()]).nullish() }),
  bounce: failure.extend({ type: z.string().nullish() }),
  dropped: failure,
  open: engagement,
  click: engagement.extend({ url: z.string() }),
  spamreport: event,
  unsubscribe: event,
  group_unsubscribe: groupChange,
  group_resubscribe: groupChange,
}
