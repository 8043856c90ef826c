import * as kinds from './setting-kinds.ts'
import type { SettingKind } from './setting-kinds.ts'

/** One setting: where it stands in the environment, how it is written there, and what it is for. */
export interface Setting<T = unknown, Fallback extends string | undefined = string | undefined> {
  readonly name: string
  readonly kind: SettingKind<T>
  /** As it would be written in the environment; undefined where unset means unset. */
  readonly fallback: Fallback
  readonly about: string
}

type Description<T> = Omit<Setting<T>, 'fallback'>

const optional = <T>(setting: Description<T>): Setting<T, undefined> => ({ ...setting, fallback: undefined })
const withDefault = <T>(fallback: string, setting: Description<T>): Setting<T, string> => ({ ...setting, fallback })

/** Every setting of Posthorn. `.env.example`, `posthorn settings` and the typed object are made from this table. */
export const SETTINGS = {
  process: {
    isProduction: withDefault('development', {
      name: 'NODE_ENV',
      kind: { expects: 'production, or anything else', parse: (text) => text === 'production' },
      about:
        'production turns the production rules on: HTTPS only, and nothing but what `posthorn build` made is loaded.',
    }),
    configFile: withDefault('posthorn.config.ts', {
      name: 'POSTHORN_CONFIG',
      kind: kinds.path,
      about: 'The configuration file; paths in it are relative to its folder.',
    }),
    logLevel: withDefault('info', {
      name: 'POSTHORN_LOG_LEVEL',
      kind: kinds.choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
      about: 'The least level that is logged.',
    }),
    shutdownTimeoutMs: withDefault('45s', {
      name: 'POSTHORN_SHUTDOWN_TIMEOUT',
      kind: kinds.duration('1s', '1h'),
      about:
        'How long an orderly end may take after SIGTERM before the process gives up; keep the platform’s limit above it.',
    }),
    operator: optional({
      name: 'POSTHORN_OPERATOR',
      kind: kinds.text,
      about:
        'Who is at work, for the audit log of commands that change things; by default the name of the system’s user.',
    }),
  },
  postgres: {
    url: optional({
      name: 'DATABASE_URL',
      kind: kinds.postgresUrl,
      about: 'The Postgres that holds inbox, runs and entities.',
    }),
    userUrl: optional({
      name: 'POSTHORN_USER_DATABASE_URL',
      kind: kinds.postgresUrl,
      about:
        'The Postgres of your activities, with your tables and the ledger of effects; by default that of DATABASE_URL.',
    }),
    ingestConnections: withDefault('5', {
      name: 'POSTHORN_INGEST_CONNECTIONS',
      kind: kinds.count(3, 100),
      about: 'Connections of the receiver: two flushes, receipts, health and partitions share them.',
    }),
    engineConnections: withDefault('10', {
      name: 'POSTHORN_ENGINE_CONNECTIONS',
      kind: kinds.count(2, 200),
      about: 'Connections of the dispatcher and of the engine’s own activities.',
    }),
    userConnections: withDefault('10', {
      name: 'POSTHORN_USER_CONNECTIONS',
      kind: kinds.count(1, 200),
      about: 'Connections of your activities.',
    }),
  },
  receiver: {
    bindAddress: withDefault('127.0.0.1', {
      name: 'POSTHORN_BIND_ADDRESS',
      kind: kinds.bindAddress,
      about: 'The address that the receiver listens on; 0.0.0.0 in a container.',
    }),
    port: withDefault('3000', { name: 'POSTHORN_PORT', kind: kinds.port, about: 'The port of the receiver.' }),
    publicUrl: withDefault('http://localhost:3000', {
      name: 'POSTHORN_PUBLIC_URL',
      kind: kinds.httpUrl,
      about: 'How providers reach the receiver; some of them sign the URL.',
    }),
    trustedProxies: optional({
      name: 'POSTHORN_TRUSTED_PROXIES',
      kind: kinds.addressRanges,
      about: 'Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.',
    }),
    tlsCertificate: optional({
      name: 'POSTHORN_TLS_CERT',
      kind: kinds.path,
      about: 'Certificate chain in PEM, for a receiver that terminates TLS itself.',
    }),
    tlsKey: optional({
      name: 'POSTHORN_TLS_KEY',
      kind: kinds.path,
      about: 'Private key in PEM, to POSTHORN_TLS_CERT.',
    }),
    tlsClientCa: optional({
      name: 'POSTHORN_TLS_CLIENT_CA',
      kind: kinds.path,
      about: 'CA certificates in PEM; when set, only clients with a certificate of these are let in.',
    }),
    bodyTimeoutMs: withDefault('10s', {
      name: 'POSTHORN_BODY_TIMEOUT',
      kind: kinds.duration('100ms', '10m'),
      about: 'How long a body may take to arrive before it is answered 408.',
    }),
    maxInFlight: withDefault('2000', {
      name: 'POSTHORN_MAX_IN_FLIGHT',
      kind: kinds.count(1, 100_000),
      about: 'Requests being answered at once; more are answered 503.',
    }),
    maxInFlightBytes: withDefault('64MiB', {
      name: 'POSTHORN_MAX_IN_FLIGHT_BYTES',
      kind: kinds.size(1024 ** 2),
      about: 'Body bytes held in memory at once; more are answered 503.',
    }),
    rateLimitPerIp: withDefault('100', {
      name: 'POSTHORN_RATE_LIMIT_PER_IP',
      kind: kinds.count(1),
      about: 'Requests per second of one address that are not proved genuine; more are answered 429.',
    }),
  },
  retention: {
    events: withDefault('90', {
      name: 'POSTHORN_RETENTION_DAYS',
      kind: kinds.count(7, 3650),
      about:
        'How long events are known by their keys; older ones cannot be told from known ones, so they are stored and do not run. The same for all processes.',
    }),
    bodies: withDefault('30', {
      name: 'POSTHORN_BODY_RETENTION_DAYS',
      kind: kinds.count(1, 3650),
      about: 'How long headers and bodies of finished events are kept; unfinished ones keep theirs.',
    }),
    receipts: withDefault('30', {
      name: 'POSTHORN_RECEIPT_RETENTION_DAYS',
      kind: kinds.count(1, 3650),
      about: 'How long receipts of redeliveries and refused requests are kept.',
    }),
  },
  sealing: {
    codecKey: optional({
      name: 'POSTHORN_CODEC_KEY',
      kind: kinds.sealingKey,
      about:
        'Seals absorbed events in Temporal and quarantined requests in Postgres. Sources with `absorb` need it; without it there is no quarantine.',
    }),
    previousCodecKey: optional({
      name: 'POSTHORN_CODEC_KEY_PREVIOUS',
      kind: kinds.sealingKey,
      about: 'Still opens what was sealed before the key was changed.',
    }),
  },
  worker: {
    workflowSlots: withDefault('40', {
      name: 'POSTHORN_WORKFLOW_SLOTS',
      kind: kinds.count(2, 10_000),
      about: 'Workflow tasks run at once.',
    }),
    activitySlots: withDefault('100', {
      name: 'POSTHORN_ACTIVITY_SLOTS',
      kind: kinds.count(1, 10_000),
      about: 'Activities run at once.',
    }),
    localActivitySlots: withDefault('100', {
      name: 'POSTHORN_LOCAL_ACTIVITY_SLOTS',
      kind: kinds.count(1, 10_000),
      about: 'Local activities run at once.',
    }),
    cachedWorkflows: withDefault('500', {
      name: 'POSTHORN_CACHED_WORKFLOWS',
      kind: kinds.count(0, 100_000),
      about: 'Open workflows kept in memory; others are replayed when they go on.',
    }),
    shutdownGraceMs: withDefault('30s', {
      name: 'POSTHORN_SHUTDOWN_GRACE',
      kind: kinds.duration('0s', '1h'),
      about: 'How long running activities may go on after SIGTERM before they are cancelled.',
    }),
    outageLimitMs: withDefault('72h', {
      name: 'POSTHORN_OUTAGE_LIMIT',
      kind: kinds.duration('1m', '72h'),
      about:
        'How long each activity of a run waits for what is away, since it was first scheduled, before the run is a dead letter.',
    }),
    temporalUiUrl: withDefault('http://localhost:8233', {
      name: 'POSTHORN_TEMPORAL_UI_URL',
      kind: kinds.httpUrl,
      about: 'The Temporal UI, for links.',
    }),
  },
  dispatcher: {
    inFlight: withDefault('64', {
      name: 'POSTHORN_DISPATCH_IN_FLIGHT',
      kind: kinds.count(1, 1_000),
      about: 'Workflow starts under way at once.',
    }),
    leaseMs: withDefault('10s', {
      name: 'POSTHORN_DISPATCH_LEASE',
      kind: kinds.duration('1s', '1h'),
      about: 'After this long without a word, events claimed by a dispatcher are anybody’s again.',
    }),
    pollEveryMs: withDefault('1s', {
      name: 'POSTHORN_POLL_INTERVAL',
      kind: kinds.duration('50ms', '1h'),
      about: 'How often the queue is looked at without a wake-up; an upper bound on what a lost wake-up costs.',
    }),
    sweepEveryMs: withDefault('5s', {
      name: 'POSTHORN_SWEEP_INTERVAL',
      kind: kinds.duration('100ms', '1h'),
      about: 'How often runs are looked for that ended without recording their outcome.',
    }),
    pauseRouteAbovePercent: withDefault('50', {
      name: 'POSTHORN_PAUSE_ROUTE_ABOVE',
      kind: kinds.count(1, 100),
      about: 'A route pauses itself when more than this percentage of its latest runs ended dead; 100 never does.',
    }),
    checkRunAfterMs: withDefault('1m', {
      name: 'POSTHORN_CHECK_RUN_AFTER',
      kind: kinds.duration('1s', '1d'),
      about: 'How old an open run is when Temporal is first asked after it; the interval doubles from there.',
    }),
    stuckAfterTasks: withDefault('5', {
      name: 'POSTHORN_STUCK_AFTER_TASKS',
      kind: kinds.count(1, 1_000),
      about: 'A run is stuck when so many of its workflow tasks in a row have failed, as they do when its code throws.',
    }),
    stuckTimeoutMs: withDefault('30m', {
      name: 'POSTHORN_STUCK_TIMEOUT',
      kind: kinds.duration('1s', '30d'),
      about:
        'A run that has been stuck for so long is terminated and becomes a dead letter. Temporal may take 10 minutes between two tries.',
    }),
  },
  deadLetters: {
    warning: withDefault('50', {
      name: 'POSTHORN_DEAD_LETTERS_WARNING',
      kind: kinds.count(1),
      about: 'More dead letters than this raise the warning.',
    }),
    critical: withDefault('200', {
      name: 'POSTHORN_DEAD_LETTERS_CRITICAL',
      kind: kinds.count(1),
      about: 'More dead letters than this raise the critical alarm.',
    }),
    growth: withDefault('20', {
      name: 'POSTHORN_DEAD_LETTERS_GROWTH',
      kind: kinds.count(1),
      about: 'More new dead letters than this within ten minutes raise the growth alarm.',
    }),
  },
  reconciliation: {
    isOn: withDefault('true', {
      name: 'POSTHORN_RECONCILE',
      kind: kinds.flag,
      about:
        'Whether sources are compared with their providers’ lists by schedule; `posthorn dev` does so only when told.',
    }),
    everyMs: withDefault('15m', {
      name: 'POSTHORN_RECONCILE_EVERY',
      kind: kinds.duration('1s', '7d'),
      about: 'How often a source is compared, where its own configuration does not say.',
    }),
    settleMs: withDefault('5m', {
      name: 'POSTHORN_RECONCILE_SETTLE',
      kind: kinds.duration('0s', '7d'),
      about: 'What is younger counts as still on its way, where a source’s own configuration does not say.',
    }),
  },
  metrics: {
    bindAddress: withDefault('127.0.0.1', {
      name: 'POSTHORN_METRICS_BIND_ADDRESS',
      kind: kinds.bindAddress,
      about: 'The address that the metrics ports listen on.',
    }),
    servePort: withDefault('9464', {
      name: 'POSTHORN_SERVE_METRICS_PORT',
      kind: kinds.port,
      about: 'Metrics of `posthorn serve`.',
    }),
    workPort: withDefault('9465', {
      name: 'POSTHORN_WORK_METRICS_PORT',
      kind: kinds.port,
      about: 'Metrics of `posthorn work`.',
    }),
    temporalPort: withDefault('9467', {
      name: 'POSTHORN_TEMPORAL_METRICS_PORT',
      kind: kinds.port,
      about: 'Metrics of the Temporal SDK in `posthorn work`.',
    }),
  },
  stack: {
    postgresPort: withDefault('54321', {
      name: 'POSTHORN_POSTGRES_PORT',
      kind: kinds.port,
      about: 'The Postgres that `posthorn dev` starts where DATABASE_URL is unset.',
    }),
    temporalPort: withDefault('7233', {
      name: 'POSTHORN_TEMPORAL_PORT',
      kind: kinds.port,
      about: 'The Temporal server that `posthorn dev` starts where TEMPORAL_ADDRESS is unset.',
    }),
    temporalUiPort: withDefault('8233', {
      name: 'POSTHORN_TEMPORAL_UI_PORT',
      kind: kinds.port,
      about: 'The UI of that server.',
    }),
    temporalCli: optional({
      name: 'POSTHORN_TEMPORAL_CLI',
      kind: kinds.path,
      about: 'The Temporal CLI to start it with; unset: one on PATH, in the cache, or downloaded.',
    }),
  },
} as const

export type SettingsTable = typeof SETTINGS

/** The settings, read and checked. */
export type Settings = {
  readonly [Section in keyof SettingsTable]: {
    readonly [Key in keyof SettingsTable[Section]]: SettingValue<SettingsTable[Section][Key]>
  }
}

type SettingValue<S> =
  S extends Setting<infer T, infer Fallback> ? (Fallback extends string ? T : T | undefined) : never

/** The table, row by row. */
export const settingRows = (): { section: string; key: string; setting: Setting }[] =>
  Object.entries(SETTINGS).flatMap(([section, rows]) =>
    Object.entries(rows as Readonly<Record<string, Setting>>).map(([key, setting]) => ({ section, key, setting })),
  )
