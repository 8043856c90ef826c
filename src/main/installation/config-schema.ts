import { z } from 'zod'
import type { PosthornConfig } from '../../kit/config.ts'
import type { Provider } from '../../providers/provider.ts'
import * as kinds from '../settings/setting-kinds.ts'

const MAX_BODY_BYTES = 10 * 1024 * 1024
/** Senders work in batches: below this, a batch of an honest one is refused. */
const MIN_BURST = 50

const reference = z.strictObject(
  { env: z.string().regex(/^[A-Z][A-Z0-9_]*$/i, 'is not the name of an environment variable') },
  { error: "must be env('NAME'): values stand in the environment, never in the file" },
)

const isProvider = (value: unknown): value is Provider => {
  const provider = value as Partial<Provider> | null
  return typeof provider === 'object' && typeof provider?.name === 'string' && typeof provider.verify === 'function'
}

const provider = z.custom<string | Provider>(
  (value) => typeof value === 'string' || isProvider(value),
  'must be the name of a provider, or one made with defineProvider',
)

const hookPath = z
  .string()
  .regex(
    /^(\/[\w.~-]+)+$/,
    'must begin with a slash and hold letters, digits, - . _ ~ only, without a slash at its end',
  )

const duration = (shortest: string, longest: string) => {
  const { expects, parse } = kinds.duration(shortest, longest)
  return z
    .string()
    .refine((text) => parse(text) !== undefined, `must be ${expects}`)
    .optional()
}

const reconcile = z.strictObject({
  every: duration('1s', '7d'),
  lookBack: duration('1h', '90d'),
  settle: duration('0s', '7d'),
  overlap: duration('0s', '1d'),
  confirmAfter: duration('0s', '30d'),
})

const source = z.strictObject({
  provider,
  name: z.string().min(1).optional(),
  path: hookPath.optional(),
  pathToken: reference.optional(),
  typeSuffix: z.boolean().optional(),
  secret: reference,
  api: z
    .strictObject({
      token: reference.optional(),
      baseUrl: z.union([z.url(), reference]).optional(),
      listing: z
        .union([z.string().startsWith('/', 'must begin with a slash: it is a path of the API'), reference])
        .optional(),
      ratePerSecond: z.number().positive().optional(),
      burst: z.int().min(1).optional(),
    })
    .optional(),
  mirror: z.boolean().optional(),
  urls: z
    .strictObject({
      hosts: z
        .array(z.string().regex(/^[a-z0-9.-]+(:\d+)?$/, 'must be a host, such as hooks.slack.com, without https://'))
        .optional(),
      loopback: z.boolean().optional(),
    })
    .optional(),
  taskQueue: z.string().min(1).max(200).optional(),
  tenant: z.string().min(1).optional(),
  account: z.string().min(1).optional(),
  connectedAt: z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-31T12:00:00Z' }).optional(),
  maxBodyBytes: z.int().min(1).max(MAX_BODY_BYTES, `must be at most ${MAX_BODY_BYTES}, which is 10 MiB`).optional(),
  rateLimit: z
    .strictObject({
      perSecond: z.number().positive(),
      burst: z.int().min(MIN_BURST, `must be at least ${MIN_BURST}: senders work in batches`).optional(),
    })
    .optional(),
  allowIps: z
    .array(z.string().refine(kinds.isAddressRange, 'is neither an IP address nor a CIDR range'))
    .min(1, 'must hold a range, or be left out: an empty list would refuse everybody')
    .optional(),
  absorb: z.boolean().optional(),
  storeBodies: z.enum(['retention', 'until_done']).optional(),
  reconcile: z.union([z.literal(false), reconcile]).optional(),
  onMissingId: z.enum(['derive', 'refuse']).optional(),
  apiVersion: z.string().min(1).optional(),
  onMalformed: z.enum(['park', 'refuse']).optional(),
})

/** IDs stand in workflow IDs, metric labels and default paths. */
const sourceId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be of lower-case letters, digits and -, at most 63')

const schema = z.strictObject({
  sources: z.record(sourceId, source),
  settings: z.record(z.string(), z.union([z.string(), reference])).optional(),
  workflows: z.string().min(1).optional(),
  activities: z.string().min(1).optional(),
  migrations: z.string().min(1).optional(),
})

/** A sentence for everything in `config` that does not have the shape of a `PosthornConfig`. */
export function configProblems(config: unknown): string[] {
  const result = schema.safeParse(config)
  return result.success ? [] : result.error.issues.map(sentence)
}

/** Narrows a configuration that `configProblems` found nothing wrong with. */
export const isConfig = (config: unknown): config is PosthornConfig => configProblems(config).length === 0

function sentence(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.') || 'The configuration'
  if (issue.code === 'invalid_key') return `${place}: a source ID ${issue.issues[0]?.message ?? issue.message}.`
  if (issue.code === 'unrecognized_keys') return `${place} has no setting ${issue.keys.join(', ')}.`
  const message = issue.message.replace(/^Invalid input: |^(Too (small|big)): /, '')
  return /^(must|is) /.test(message) ? `${place} ${message}.` : `${place}: ${message}.`
}
