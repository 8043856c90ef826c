import { providers } from '../../src/providers/index.ts'
import { ORDERS_SECRET } from './installation.ts'

/** Posts a signed event to the source of a test installation. Resolves to the status; rejects when no answer came. */
export async function postOrder(receiverUrl: string, eventId: string): Promise<number> {
  const body = Buffer.from(
    JSON.stringify({ type: 'order.created', timestamp: new Date().toISOString(), data: { eventId } }),
  )
  const url = `${receiverUrl}/webhooks/orders`
  const now = Math.floor(Date.now() / 1000)
  const headers = providers['standard-webhooks'].sign(body, ORDERS_SECRET, { now, url, id: eventId })
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  await response.arrayBuffer()
  return response.status
}
