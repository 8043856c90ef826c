import { readFile } from 'node:fs/promises'
import type { ReceiverSettings, TlsSettings } from '../receiver/settings.ts'
import { ConfigurationError } from './settings/configuration-error.ts'
import type { Settings } from './settings/settings-table.ts'

/** Of the time for an orderly end, this much is left for what follows the last answer: commits, receipts, connections. */
const AFTER_LAST_ANSWER_MS = 5_000

/**
 * The receiver's part of the settings, with what they name in files.
 * @throws ConfigurationError naming every file that cannot be read.
 */
export async function toReceiverSettings({ receiver, retention, process }: Settings): Promise<ReceiverSettings> {
  const tls = await readTls(receiver)
  return {
    bindAddress: receiver.bindAddress,
    port: receiver.port,
    publicUrl: receiver.publicUrl,
    isProduction: process.isProduction,
    trustedProxies: receiver.trustedProxies ?? [],
    ...(tls !== undefined && { tls }),
    rateLimitPerIp: receiver.rateLimitPerIp,
    maxInFlight: receiver.maxInFlight,
    maxInFlightBytes: receiver.maxInFlightBytes,
    bodyTimeoutMs: receiver.bodyTimeoutMs,
    retentionDays: retention.events,
    closeTimeoutMs: Math.max(process.shutdownTimeoutMs - AFTER_LAST_ANSWER_MS, 0),
  }
}

async function readTls(receiver: Settings['receiver']): Promise<TlsSettings | undefined> {
  const { tlsCertificate, tlsKey, tlsClientCa } = receiver
  if (tlsCertificate === undefined || tlsKey === undefined) return undefined
  const problems: string[] = []
  const read = (setting: string, file: string): Promise<string> =>
    readFile(file, 'utf8').catch((error: unknown) => {
      problems.push(`${setting}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
      return ''
    })
  const [certificate, key, clientCa] = await Promise.all([
    read('POSTHORN_TLS_CERT', tlsCertificate),
    read('POSTHORN_TLS_KEY', tlsKey),
    tlsClientCa === undefined ? undefined : read('POSTHORN_TLS_CLIENT_CA', tlsClientCa),
  ])
  if (problems.length > 0) throw new ConfigurationError('The settings are not right.', problems)
  return { certificate, key, ...(clientCa !== undefined && { clientCa }) }
}
