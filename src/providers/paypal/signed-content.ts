import { crc32 } from 'node:zlib'

export interface Transmission {
  id: string
  /** As written. */
  time: string
  webhookId: string
  body: Buffer
}

/** What PayPal signs: of the body no more than its CRC-32. */
export const signedContent = ({ id, time, webhookId, body }: Transmission): Buffer =>
  Buffer.from(`${id}|${time}|${webhookId}|${crc32(body)}`)
