import type { ProviderName } from '../providers/load-providers.ts'
import type { Provider } from '../providers/provider.ts'

/** A value that stands in the environment, never in the file. */
export interface EnvReference {
  readonly env: string
}

/** Refers to an environment variable. For a secret, `<NAME>_PREVIOUS` and `<NAME>_NEXT` are honoured too, the former until `<NAME>_PREVIOUS_UNTIL`. */
export const env = (name: string): EnvReference => ({ env: name })

/** One configured connection to a provider. What does not fit together is refused at the start, with a sentence each. */
export interface SourceConfig {
  /** A shipped provider by name, or one of your own made with `defineProvider`. */
  provider: ProviderName | Provider
  /** Shown to people. The key in `sources` is the immutable ID, also of stored events; this may change. */
  name?: string
  /** Default `/webhooks/<id>`. */
  path?: string
  /** A long random last segment of the path, so that the URL cannot be guessed. */
  pathToken?: EnvReference
  /** The provider appends the event type to the path. */
  typeSuffix?: boolean
  /** The signing secret. Several may be valid while one is rotated, see `env`. */
  secret: EnvReference
  /** The provider's API, for canonical reads. `baseUrl` is the provider's own by default, also while its variable is unset. */
  api?: {
    token?: EnvReference
    baseUrl?: string | EnvReference
    /**
     * Where the provider lists what it sent, if only you can know: for GitHub the hook's path, `/repos/acme/shop/hooks/123`. A
     * reference may be unset: then there is no such place.
     */
    listing?: string | EnvReference
    /** Calls per second that all processes together permit themselves; live work goes first. Default: no limit of ours. */
    ratePerSecond?: number
    /** Calls that may come at once after a pause. Default: one second's. */
    burst?: number
  }
  /** Keep the provider's state of every entity in the `entities` table. Default false. */
  mirror?: boolean
  /**
   * Where `fetchUrl` of activities may go for URLs that payloads name: `hosts`, such as `hooks.slack.com`, beside that of the API.
   * `loopback`: plain http to this machine, too, for stand-ins; never in production.
   */
  urls?: { hosts?: readonly string[]; loopback?: boolean }
  /** Temporal task queue of this source's runs. Default `posthorn-events`. */
  taskQueue?: string
  tenant?: string
  account?: string
  /** ISO 8601. Older events are stored, never run. Default: when the source was first seen. */
  connectedAt?: string
  /** Default 1 MiB, at most 10 MiB. */
  maxBodyBytes?: number
  /** Verified or not, requests above this are answered 429. Default: none for the source; `POSTHORN_RATE_LIMIT_PER_IP` holds per address. */
  rateLimit?: { perSecond: number; /** Default 50, and never less. */ burst?: number }
  /** CIDR ranges that may call; everything else is 403. Defence in depth, never in place of the signature. */
  allowIps?: readonly string[]
  /**
   * While Postgres is away, keep events in Temporal, for providers that do not send again. Needs POSTHORN_CODEC_KEY; bodies above
   * 1 MiB are refused with 503 then. Default false.
   */
  absorb?: boolean
  /**
   * How long the bytes of events are kept: as all others (default), or only until every handler has finished with the event, for
   * sensitive data. What fails keeps its bytes either way; of such a source nothing that is refused is kept, nor quarantined.
   */
  storeBodies?: 'retention' | 'until_done'
  /**
   * Comparing with the provider's list, by schedule: on by default where there are a list and `api.token`. Durations such as `15m`.
   * `every` (default 15m), `lookBack` of the first run (72h), `settle`: what is younger may still be on its way (5m), `overlap` of the
   * windows (5m), `confirmAfter`: when a window is listed for the second time (24h).
   */
  reconcile?: false | { every?: string; lookBack?: string; settle?: string; overlap?: string; confirmAfter?: string }
  /** An event without an ID: key it by its body, with a warning (default), or refuse it with 400. */
  onMissingId?: 'derive' | 'refuse'
  /**
   * The version of the provider's API that the handlers were written for, as events state it, for example `2026-04-01`. What is of another
   * one does not run. Default: any.
   */
  apiVersion?: string
  /**
   * A verified request that does not fit: keep it as `parked` (default), or refuse it so that the sender notices, with 400 for its envelope
   * and 422 for its schema or `apiVersion`.
   */
  onMalformed?: 'park' | 'refuse'
}

/** What `posthorn.config.ts` exports by default. Paths are relative to that file. */
export interface PosthornConfig {
  sources: Record<string, SourceConfig>
  /** Handed to the activities as `settings`: the systems that they talk to. A reference may be unset. */
  settings?: Record<string, string | EnvReference>
  /** Where the workflows stand. Default `workflows/index.ts`. */
  workflows?: string
  /** Where the activities stand. Default `activities/index.ts`. */
  activities?: string
  /** Folder with your own numbered SQL migrations. Default `migrations`. */
  migrations?: string
}

/** Types `posthorn.config.ts`. */
export const defineConfig = (config: PosthornConfig): PosthornConfig => config
