import { readFileSync } from 'node:fs'

export interface MemoryWatch {
  /** The largest resident size that was seen, in MB. */
  peak(): number
  stop(): void
}

const LOOK_EVERY_MS = 100

/** Watches a process from outside, where the system shows it (Linux). */
export function watchMemory(pid: number): MemoryWatch {
  let peakKb = 0
  const look = (): void => {
    try {
      const [, kb = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
      peakKb = Math.max(peakKb, Number(kb))
    } catch {
      // The process has ended.
    }
  }
  look()
  const timer = setInterval(look, LOOK_EVERY_MS).unref()
  return { peak: () => Math.round(peakKb / 1024), stop: () => clearInterval(timer) }
}
