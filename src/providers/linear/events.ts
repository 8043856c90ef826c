import { z, type ZodType } from 'zod'

const text = z.string().min(1)

const webhook = z.looseObject({
  action: text,
  type: text,
  createdAt: z.iso.datetime({ offset: true }),
  organizationId: text,
  webhookTimestamp: z.number(),
})

const entity = <Fields extends z.ZodRawShape>(fields: Fields) =>
  webhook.extend({ data: z.looseObject({ id: text, ...fields }), updatedFrom: z.looseObject({}).nullish() })

const issue = { identifier: text, title: z.string(), teamId: text, priority: z.number() }

/** By type of entity. All of them are created, updated and removed. */
const ENTITIES: Readonly<Record<string, ZodType>> = {
  Attachment: entity({ url: text }),
  Comment: entity({ body: z.string() }),
  Cycle: entity({ number: z.number(), startsAt: text, endsAt: text }),
  Document: entity({ title: z.string() }),
  Initiative: entity({ name: text }),
  Issue: entity(issue),
  IssueLabel: entity({ name: text }),
  Project: entity({ name: text }),
  ProjectUpdate: entity({ body: z.string(), projectId: text }),
  Reaction: entity({ emoji: text }),
  User: entity({ name: z.string() }),
}

const sla = webhook.extend({ issueData: z.looseObject({ id: text, ...issue }) })
const agentSession = webhook.extend({ agentSession: z.looseObject({ id: text }) })

export const schemas: Readonly<Record<string, ZodType>> = {
  ...Object.fromEntries(
    Object.entries(ENTITIES).flatMap(([type, schema]) =>
      ['create', 'update', 'remove'].map((action) => [`${type}.${action}`, schema]),
    ),
  ),
  'AgentSessionEvent.created': agentSession,
  'AgentSessionEvent.prompted': agentSession,
  'IssueSLA.breached': sla,
  'IssueSLA.highRisk': sla,
  'IssueSLA.set': sla,
}
