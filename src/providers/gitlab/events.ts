import { z, type ZodType } from 'zod'

const id = z.int().positive()
const text = z.string().min(1)
const sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)

const project = z.looseObject({ id, path_with_namespace: text })

const event = <Fields extends z.ZodRawShape>(fields: Fields) => z.looseObject({ project, ...fields })

const issue = z.looseObject({ id, iid: id, title: z.string(), state: text })
const mergeRequest = issue.extend({ source_branch: text, target_branch: text })

const push = event({
  ref: z.string().startsWith('refs/'),
  before: sha,
  after: sha,
  commits: z.array(z.looseObject({ id: sha })),
})
const issues = event({ object_attributes: issue })
const mergeRequests = event({ object_attributes: mergeRequest })
const notes = event({ object_attributes: z.looseObject({ id, note: z.string(), noteable_type: text }) })
const pipelines = event({ object_attributes: z.looseObject({ id, ref: text, sha, status: text }) })
const jobs = z.looseObject({ build_id: id, build_name: text, build_status: text, pipeline_id: id, project_id: id })
const deployments = event({ deployment_id: id, environment: text, status: text })
const releases = event({ id, tag: text })
const wikiPages = event({ object_attributes: z.looseObject({ slug: text, title: z.string() }) })
const milestones = event({ object_attributes: z.looseObject({ id, iid: id, title: z.string() }) })

const RUNS =
  'canceled canceling created failed manual pending preparing running scheduled skipped success waiting_for_resource'

/** By kind, its actions and their schema. */
const ACTIONS: readonly (readonly [kind: string, actions: string, schema: ZodType])[] = [
  ['build', RUNS, jobs],
  ['deployment', 'blocked canceled created failed running skipped success', deployments],
  ['issue', 'close open reopen update', issues],
  ['merge_request', 'approval approved close merge open reopen unapproval unapproved update', mergeRequests],
  ['milestone', 'close create reopen', milestones],
  ['note', 'create update', notes],
  ['pipeline', RUNS, pipelines],
  ['release', 'create delete update', releases],
  ['wiki_page', 'create delete update', wikiPages],
  ['work_item', 'close open reopen update', issues],
]

export const schemas: Readonly<Record<string, ZodType>> = {
  push,
  tag_push: push,
  ...Object.fromEntries(
    ACTIONS.flatMap(([kind, actions, schema]) => actions.split(' ').map((action) => [`${kind}.${action}`, schema])),
  ),
}
