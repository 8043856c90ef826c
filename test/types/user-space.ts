/** Checked by `npm run typecheck`: what a developer writes compiles, and each mistake below does not. */
import { activity, type ActivityDependencies, type EventRef, type LookUp } from 'posthorn/activity'
import { activities, awaitApproval, eventActivity, eventWorkflow, ignored, processed, waitFor } from 'posthorn/workflow'
import { defineConfig, env } from 'posthorn'

const { fetchInvoice, markOrderPaid } = activities()

export const right = eventWorkflow('stripe/invoice.paid', async (event) => {
  const invoice = await fetchInvoice(event)
  if (invoice === undefined) return ignored('invoice is gone')
  await markOrderPaid(invoice)
  return processed()
})

// @ts-expect-error an event pattern names a provider and a type
eventWorkflow('invoice.paid', async () => processed())

// @ts-expect-error a handler says its outcome
eventWorkflow('stripe/invoice.paid', async () => undefined)

// @ts-expect-error ignoring needs a reason
eventWorkflow('stripe/invoice.paid', async () => ignored())

// @ts-expect-error there is no such activity
void activities().fetchInvoise

// @ts-expect-error an activity takes what it declares
void fetchInvoice('in_1')

// @ts-expect-error an activity is named by a string
eventActivity('stripe/customer.*', fetchInvoice)

// @ts-expect-error there is no such policy
activity('whenever', () => async () => undefined)

// @ts-expect-error an activity is asynchronous
activity('write', () => () => 42)

// @ts-expect-error a secret stands in the environment, never in the file
defineConfig({ sources: { stripe: { provider: 'stripe', secret: 'whsec_in_the_open' } } })

// @ts-expect-error there is no such provider
defineConfig({ sources: { stripe: { provider: 'stripey', secret: env('STRIPE_WEBHOOK_SECRET') } } })

export const settle = activity(
  'local',
  ({ once, idempotencyKey }) =>
    async (invoice: { id: string; amount: number }) => {
      const terms = { discriminator: invoice.id, args: { amount: invoice.amount } }
      const settled = await once('settle', terms, async (tx) => {
        const { rows } = await tx.query<{ number: string }>('insert … returning number', [invoice.id])
        return { number: rows[0]?.number, settledAt: new Date(), lines: [1, 2] }
      })
      const asJsonHoldsIt: { number: string | undefined; settledAt: string; lines: number[] } = settled
      ;(await once('settle', terms, async () => undefined)) satisfies undefined
      return { ...asJsonHoldsIt, key: idempotencyKey('settle', invoice.id) }
    },
)

export const charge = activity('write', ({ callOnce }) => async (order: string) => {
  const send = async (idempotencyKey: string) => ({ id: `ch_${idempotencyKey}` })
  const lookUp = async (_key: string): Promise<LookUp<{ id: string }>> => 'unknown'
  const charged: { id: string } = await callOnce(
    'charge',
    { discriminator: order, keyLifetimeMs: 86_400_000, lookUp },
    send,
  )
  // @ts-expect-error how long the other side remembers a key decides what is done when nobody heard its answer
  await callOnce('charge', { discriminator: order }, send)
  return charged
})

export const unsaid = activity('local', ({ once }) => async () => {
  // @ts-expect-error an effect says which of its name it is
  await once('settle', async () => undefined)
})

export const literalDependencies = (event: EventRef, dependencies: ActivityDependencies) =>
  activity('providerRead', ({ canonical }) => canonical).create(dependencies)(event)

export const patient = eventWorkflow('stripe/invoice.paid', async (event) => {
  const entity = event.entity ?? { kind: 'invoice', id: '' }
  const second = await waitFor({ type: 'invoice.sent', entity, within: '2 hours' })
  if (second === undefined) return ignored('it was never sent')
  const approval = await awaitApproval({ name: 'refund', summary: 'Refund it?', within: 60_000 })
  // @ts-expect-error nobody gave a reason where nobody answered
  const { reason } = approval
  void reason
  return approval.answer === 'timed_out' ? ignored('nobody answered') : ignored(approval.reason)
})

// @ts-expect-error a wait has an end
void waitFor({ type: 'invoice.sent', entity: { kind: 'invoice', id: 'in_1' } })

// @ts-expect-error a duration has a unit that is known
void waitFor({ type: 'invoice.sent', entity: { kind: 'invoice', id: 'in_1' }, within: '2 fortnights' })

export const fetched = activity('download', ({ fetchUrl, settings }) => async (event: EventRef, url: string) => {
  // @ts-expect-error how much may come is for the caller to say
  await fetchUrl(event, url, {})
  const { body } = await fetchUrl(event, url, { maxBytes: 1_000 })
  // @ts-expect-error a setting may be unset
  void settings['crm'].length
  return body.toArray()
})
