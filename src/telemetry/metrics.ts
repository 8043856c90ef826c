import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

const ACK_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const LAG_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** The process that shows them. What it never sets would stand there as 0, and pass for the truth. */
export type MetricsOf = 'receiver' | 'worker'

/**
 * Every metric of Posthorn; without `of` all are shown. Labels are configured names, never text that a sender chooses: cardinality stays
 * bounded.
 */
export function createMetrics({ of }: { of?: MetricsOf } = {}) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'posthorn_' })
  const receivers = of === 'worker' ? [] : [registry]
  const workers = of === 'receiver' ? [] : [registry]
  return {
    registry,
    ...intakeMetrics(receivers),
    ...storageMetrics(workers),
    ...runMetrics(workers),
    ...failureMetrics(workers),
  }
}

function intakeMetrics(registers: Registry[]) {
  return {
    receipts: new Counter({
      name: 'posthorn_receipts_total',
      help: 'Requests by source, verdict (new, duplicate, anomaly, parked, baseline, handshake, refused) and code.',
      labelNames: ['source', 'verdict', 'code'] as const,
      registers,
    }),
    ackSeconds: new Histogram({
      name: 'posthorn_ack_seconds',
      help: 'From the first byte of the request line to the answer, by source and status class.',
      labelNames: ['source', 'status'] as const,
      buckets: ACK_BUCKETS_SECONDS,
      registers,
    }),
    rotatedSecret: new Counter({
      name: 'posthorn_rotated_secret_total',
      help: 'Verifications that needed a secret other than the current one.',
      labelNames: ['source', 'slot'] as const,
      registers,
    }),
    receiptsDropped: new Counter({
      name: 'posthorn_receipts_dropped_total',
      help: 'Audit receipts given up because their buffer was full or could not be written.',
      registers,
    }),
    absorbed: new Counter({
      name: 'posthorn_absorbed_total',
      help: 'Events that Postgres could not take, by source and result (absorbed into Temporal, or failed there, too).',
      labelNames: ['source', 'result'] as const,
      registers,
    }),
    flushEvents: new Histogram({
      name: 'posthorn_flush_events',
      help: 'Events that shared one commit.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      registers,
    }),
    inFlight: new Gauge({
      name: 'posthorn_requests_in_flight',
      help: 'Hook requests that are being answered.',
      registers,
    }),
  }
}

function runMetrics(registers: Registry[]) {
  return {
    queueDepth: new Gauge({ name: 'posthorn_queue_depth', help: 'Events that wait for dispatch.', registers }),
    queueOldestSeconds: new Gauge({
      name: 'posthorn_queue_oldest_seconds',
      help: 'Age of the live event that has waited longest for dispatch.',
      registers,
    }),
    openRuns: new Gauge({ name: 'posthorn_open_runs', help: 'Runs that were started and are not closed.', registers }),
    dispatchLagSeconds: new Histogram({
      name: 'posthorn_dispatch_lag_seconds',
      help: 'From the commit of an event to the start of its workflow, by source.',
      labelNames: ['source'] as const,
      buckets: LAG_BUCKETS_SECONDS,
      registers,
    }),
    dispatches: new Counter({
      name: 'posthorn_dispatches_total',
      help: 'Dispatch decisions by source and result (started, already_started, unrouted, in_lane, held, parked, undispatchable, handler_gone, backed_off).',
      labelNames: ['source', 'result'] as const,
      registers,
    }),
    dispatchHalted: new Gauge({
      name: 'posthorn_dispatch_halted',
      help: '1 while the dispatcher does not claim, by reason (route_table, namespace, permission).',
      labelNames: ['reason'] as const,
      registers,
    }),
    breakerState: new Gauge({
      name: 'posthorn_breaker_state',
      help: 'Breaker of a source’s API: 0 closed, 1 half open, 2 open.',
      labelNames: ['source'] as const,
      registers,
    }),
    providerCalls: new Counter({
      name: 'posthorn_provider_calls_total',
      help: 'Calls of providers’ APIs by source, purpose (live, replay, reconciliation) and result (answered, refused, outage, held_back).',
      labelNames: ['source', 'purpose', 'result'] as const,
      registers,
    }),
    routePaused: new Gauge({
      name: 'posthorn_route_paused',
      help: '1 while a route is paused, by handler.',
      labelNames: ['handler'] as const,
      registers,
    }),
    outcomes: new Counter({
      name: 'posthorn_outcomes_total',
      help: 'Closed runs by source, event type where it is routed, and state.',
      labelNames: ['source', 'handler', 'state'] as const,
      registers,
    }),
    recovered: new Counter({
      name: 'posthorn_recovered_total',
      help: 'Events that a provider listed and no webhook had brought, by source.',
      labelNames: ['source'] as const,
      registers,
    }),
    reconciliationAlarms: new Counter({
      name: 'posthorn_reconciliation_alarms_total',
      help: 'By source and alarm (ahead, gaps_recur, suspect, refused, unread, unreachable): completeness is in doubt, and a person should look.',
      labelNames: ['source', 'alarm'] as const,
      registers,
    }),
    coverageAgeSeconds: new Gauge({
      name: 'posthorn_coverage_age_seconds',
      help: 'Age of the moment up to which a source has been compared with its provider’s list.',
      labelNames: ['source'] as const,
      registers,
    }),
    lostWrites: new Counter({
      name: 'posthorn_late_outcomes_total',
      help: 'Outcomes that came after their attempt had been closed by another writer.',
      registers,
    }),
  }
}

function storageMetrics(registers: Registry[]) {
  return {
    absorbedWaiting: new Gauge({
      name: 'posthorn_absorbed_waiting',
      help: 'Acknowledged events that Temporal holds for the inbox, redeliveries among them.',
      registers,
    }),
    retentionRemoved: new Counter({
      name: 'posthorn_retention_removed_total',
      help: 'What retention removed, by kind (partitions, kept_bodies, anomalies, events, effects, lanes, replays, coverage).',
      labelNames: ['what'] as const,
      registers,
    }),
    partitionDaysAhead: new Gauge({
      name: 'posthorn_partition_days_ahead',
      help: 'Days after today that have their partitions; -1 when today itself has not. Alarm below 3.',
      registers,
    }),
    partitionOldestDays: new Gauge({
      name: 'posthorn_partition_oldest_days',
      help: 'Age of the oldest day partition, by table.',
      labelNames: ['table'] as const,
      registers,
    }),
  }
}

function failureMetrics(registers: Registry[]) {
  return {
    deadLetters: new Gauge({ name: 'posthorn_dead_letters', help: 'Runs that wait for a person.', registers }),
    deadLetterAlarm: new Gauge({
      name: 'posthorn_dead_letter_alarm',
      help: '1 while the dead letters stand at a level (warning, critical, growth), by the thresholds of the settings.',
      labelNames: ['level'] as const,
      registers,
    }),
    stuckRuns: new Gauge({
      name: 'posthorn_stuck_runs',
      help: 'Open runs whose workflow tasks fail again and again, as when their code throws.',
      registers,
    }),
    parkedEvents: new Gauge({
      name: 'posthorn_parked_events',
      help: 'Verified events that are kept because they do not fit, by source and code.',
      labelNames: ['source', 'code'] as const,
      registers,
    }),
    runsWithFailures: new Counter({
      name: 'posthorn_runs_with_failures_total',
      help: 'Runs in which a try of an activity failed, however they ended, by source and handler.',
      labelNames: ['source', 'handler'] as const,
      registers,
    }),
    failuresDropped: new Counter({
      name: 'posthorn_failures_dropped_total',
      help: 'Failed tries that could not be written down.',
      registers,
    }),
  }
}
