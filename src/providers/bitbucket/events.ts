import { z, type ZodType } from 'zod'

const id = z.int().positive()
const text = z.string().min(1)

const repository = z.looseObject({ uuid: text, full_name: z.string().regex(/^[^/]+\/[^/]+$/) })

const event = <Fields extends z.ZodRawShape>(fields: Fields) => z.looseObject({ repository, ...fields })

const pullrequest = z.looseObject({
  id,
  title: z.string(),
  state: z.enum(['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED']),
})
const comment = z.looseObject({ id })
const issue = z.looseObject({ id, title: z.string() })
const named = z.looseObject({ type: text, name: text })
const commit = z.looseObject({ hash: text })

const push = event({
  push: z.looseObject({ changes: z.array(z.looseObject({ new: named.nullish(), old: named.nullish() })) }),
})
const status = event({ commit_status: z.looseObject({ key: text, state: text }) })

const serverPullRequest = z.looseObject({
  eventKey: text,
  pullRequest: z.looseObject({ id, title: z.string(), state: text, toRef: z.looseObject({ id: text }) }),
})
const refsChanged = z.looseObject({
  eventKey: text,
  repository: z.looseObject({ slug: text }),
  changes: z.array(z.looseObject({ refId: text, fromHash: text, toHash: text, type: text })),
})

/** By the first part of the key, the second parts and their schema. */
const KEYS: readonly (readonly [family: string, names: string, schema: ZodType])[] = [
  ['repo', 'push', push],
  ['repo', 'commit_comment_created', event({ comment, commit })],
  ['repo', 'commit_status_created commit_status_updated', status],
  ['pullrequest', 'created fulfilled rejected updated', event({ pullrequest })],
  ['pullrequest', 'approved unapproved', event({ pullrequest, approval: z.looseObject({}) })],
  [
    'pullrequest',
    'changes_request_created changes_request_removed',
    event({ pullrequest, changes_request: z.looseObject({}) }),
  ],
  ['pullrequest', 'comment_created comment_deleted comment_updated', event({ pullrequest, comment })],
  ['issue', 'created updated', event({ issue })],
  ['issue', 'comment_created', event({ issue, comment })],
  ['repo', 'refs_changed', refsChanged],
  ['pr', 'declined deleted from_ref_updated merged modified opened', serverPullRequest],
]

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  KEYS.flatMap(([family, names, schema]) => names.split(' ').map((name) => [`${family}:${name}`, schema])),
)
