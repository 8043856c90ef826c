/** Where certificates are read, and whose word counts in the end. */
export interface CertificateSource {
  /**
   * What stands at a URL that was found to be one of PayPal's or of its certificate authority; undefined where there is nothing.
   * @throws when nobody can say.
   */
  read(url: URL): Promise<Buffer | undefined>
  /** The root certificates that are trusted, in PEM. */
  roots(): Promise<readonly string[]>
}

/** A sender waits behind it, and a chain may take two reads. */
const TIMEOUT_MS = 3_000
/** A chain has a few KiB. */
const MAX_BYTES = 64 * 1024

/** PayPal's certificates as PayPal publishes them, under the roots that Node ships. Redirects lead nowhere: they were not checked. */
export const publishedCertificates: CertificateSource = {
  async read(url) {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (response.ok && response.body !== null) return readBounded(response.body)
    await response.body?.cancel()
    if (response.status === 429 || response.status >= 500) throw new Error(`${url.host} answered ${response.status}`)
    return undefined
  },
  // On demand: the list is half a megabyte, and few receivers need it.
  roots: async () => (await import('node:tls')).rootCertificates,
}

async function readBounded(stream: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
