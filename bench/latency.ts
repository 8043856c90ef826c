import type { Report } from './run.ts'
export async function latency(): Promise<Report> { throw new Error('x') }
