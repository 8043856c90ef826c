import { z, type ZodType } from 'zod'

const text = z.string().min(1)
const time = z.iso.datetime({ offset: true })

const event = <Type extends string, Fields extends z.ZodRawShape>(type: Type, fields: Fields) =>
  z.looseObject({ id: text, type: z.literal(type), happened_at: time, webhook: z.looseObject({ id: text }), ...fields })

const ofProject = {
  project: z.looseObject({ id: text, slug: z.string().regex(/^[^/]+\/[^/]+\/[^/]+$/) }),
  pipeline: z.looseObject({ id: text, number: z.int().positive() }),
}
const workflow = { id: text, name: text, created_at: time }

export const schemas: Readonly<Record<string, ZodType>> = {
  'workflow-completed': event('workflow-completed', {
    ...ofProject,
    workflow: z.looseObject({ ...workflow, status: text, stopped_at: time.nullish() }),
  }),
  'job-completed': event('job-completed', {
    ...ofProject,
    workflow: z.looseObject(workflow),
    job: z.looseObject({ id: text, number: z.int().positive(), name: text, status: text }),
  }),
}
