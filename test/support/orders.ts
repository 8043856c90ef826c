import { providers } from './providers.ts'
import { ORDERS_SECRET } from './installation.ts'

export interface Order {
  eventId: string
  /** Default `order.created`. */
  type?: string
  /** What a proxy would add. */
  headers?: Record<string, string>
}

/** Posts a signed event to the source of a test installation. Resolves to the status; rejects when no answer came. */
export async function postOrder(receiverUrl: string, { eventId, type, headers }: Order): Promise<number> {
  const event = { type: type ?? 'order.created', timestamp: new Date().toISOString(), data: { eventId } }
  const body = Buffer.from(JSON.stringify(event))
  const url = `${receiverUrl}/webhooks/orders`
  const now = Math.floor(Date.now() / 1000)
  const signed = providers['standard-webhooks'].sign(body, ORDERS_SECRET, { now, url, id: eventId })
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...signed, ...headers },
  })
  await response.arrayBuffer()
  return response.status
}
