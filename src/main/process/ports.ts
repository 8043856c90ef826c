import { connect } from 'node:net'
import type { Settings } from '../settings/settings-table.ts'

/** A port that one of our processes listens on. */
export interface PortPlan {
  purpose: string
  /** The setting that chooses it. */
  setting: string
  host: string
  port: number
}

const PROBE_TIMEOUT_MS = 1_000

export function receiverPort({ receiver }: Settings): PortPlan {
  return { purpose: 'receiver', setting: 'POSTHORN_PORT', host: receiver.bindAddress, port: receiver.port }
}

export function metricsPorts({ metrics }: Settings): { serve: PortPlan; work: PortPlan; temporal: PortPlan } {
  const { bindAddress: host, servePort, workPort, temporalPort } = metrics
  return {
    serve: { purpose: 'metrics of serve', setting: 'POSTHORN_SERVE_METRICS_PORT', host, port: servePort },
    work: { purpose: 'metrics of work', setting: 'POSTHORN_WORK_METRICS_PORT', host, port: workPort },
    temporal: {
      purpose: 'metrics of the Temporal SDK',
      setting: 'POSTHORN_TEMPORAL_METRICS_PORT',
      host,
      port: temporalPort,
    },
  }
}

/** The ports of the servers that `posthorn dev` starts. */
export function stackPorts({ stack }: Settings): { postgres: PortPlan; temporal: PortPlan; temporalUi: PortPlan } {
  const host = '127.0.0.1'
  return {
    postgres: { purpose: 'Postgres of dev', setting: 'POSTHORN_POSTGRES_PORT', host, port: stack.postgresPort },
    temporal: { purpose: 'Temporal of dev', setting: 'POSTHORN_TEMPORAL_PORT', host, port: stack.temporalPort },
    temporalUi: {
      purpose: 'Temporal UI of dev',
      setting: 'POSTHORN_TEMPORAL_UI_PORT',
      host,
      port: stack.temporalUiPort,
    },
  }
}

/** How a port is reached from this machine: an address that means every interface is none to connect to. */
export const reachableHost = ({ host }: PortPlan): string => (['0.0.0.0', '::'].includes(host) ? 'localhost' : host)

export const isListening = (plan: PortPlan): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: reachableHost(plan), port: plan.port, timeout: PROBE_TIMEOUT_MS })
    const settle = (isOpen: boolean): void => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
  })
