import { readFileSync } from 'node:fs'

/** The most that a process has held in memory since its start, in MB; NaN where the system does not say (Linux does). */
export function peakMemory(pid: number): number {
  if (process.platform !== 'linux') return NaN
  const [, kb] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kb) / 1024)
}
