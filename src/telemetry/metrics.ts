import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

const ACK_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const LAG_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** Every metric of Posthorn. Labels are configured names, never text that a sender chooses: cardinality stays bounded. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'posthorn_' })
  const registers = [registry]
  return { registry, ...intakeMetrics(registers), ...runMetrics(registers) }
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
      help: 'Age of the event that has waited longest for dispatch.',
      registers,
    }),
    openRuns: new Gauge({ name: 'posthorn_open_runs', help: 'Runs that were started and are not closed.', registers }),
    deadLetters: new Gauge({ name: 'posthorn_dead_letters', help: 'Runs that wait for a person.', registers }),
    dispatchLagSeconds: new Histogram({
      name: 'posthorn_dispatch_lag_seconds',
      help: 'From the commit of an event to the start of its workflow, by source.',
      labelNames: ['source'] as const,
      buckets: LAG_BUCKETS_SECONDS,
      registers,
    }),
    dispatches: new Counter({
      name: 'posthorn_dispatches_total',
      help: 'Dispatch decisions by source and result (started, already_started, unrouted, parked, undispatchable, backed_off).',
      labelNames: ['source', 'result'] as const,
      registers,
    }),
    dispatchHalted: new Gauge({
      name: 'posthorn_dispatch_halted',
      help: '1 while the dispatcher does not claim, by reason (route_table, namespace, permission).',
      labelNames: ['reason'] as const,
      registers,
    }),
    outcomes: new Counter({
      name: 'posthorn_outcomes_total',
      help: 'Closed runs by source, event type where it is routed, and state.',
      labelNames: ['source', 'handler', 'state'] as const,
      registers,
    }),
    lostWrites: new Counter({
      name: 'posthorn_late_outcomes_total',
      help: 'Outcomes that came after their attempt had been closed by another writer.',
      registers,
    }),
  }
}
