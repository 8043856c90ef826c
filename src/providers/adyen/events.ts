import { z, type ZodType } from 'zod'

const id = z.string().min(1)
/** An integer in the currency's smallest unit. */
const amount = z.looseObject({ value: z.int(), currency: z.string() })

const notification = z.looseObject({
  pspReference: id,
  eventCode: id,
  merchantAccountCode: id,
  merchantReference: z.string().nullish(),
  originalReference: z.string().nullish(),
  success: z.enum(['true', 'false']),
  amount: amount.nullish(),
  eventDate: z.string().nullish(),
})
const payment = notification.extend({ amount })
const modification = payment.extend({ originalReference: id })

/** By schema, the event codes that it holds for. */
const STANDARD: readonly (readonly [schema: ZodType, codes: string])[] = [
  [payment, 'AUTHORISATION AUTHORISATION_ADJUSTMENT OFFER_CLOSED PENDING RECURRING_CONTRACT'],
  [
    modification,
    'CANCELLATION CAPTURE CAPTURE_FAILED CHARGEBACK CHARGEBACK_REVERSED NOTIFICATION_OF_CHARGEBACK ' +
      'NOTIFICATION_OF_FRAUD PREARBITRATION_LOST PREARBITRATION_WON REFUND REFUND_FAILED REFUNDED_REVERSED ' +
      'REQUEST_FOR_INFORMATION SECOND_CHARGEBACK TECHNICAL_CANCEL VOID_PENDING_REFUND',
  ],
  [notification, 'CANCEL_OR_REFUND REPORT_AVAILABLE'],
]

const platform = <Data extends z.ZodRawShape>(data: Data) =>
  z.looseObject({ type: id, environment: z.enum(['test', 'live']), data: z.looseObject(data) })

const transfer = platform({ id, status: id, amount, category: z.string().nullish(), sequenceNumber: z.int().nullish() })
const object = (name: string) =>
  platform({ balancePlatform: id, [name]: z.looseObject({ id, status: z.string().nullish() }) })

export const schemas: Readonly<Record<string, ZodType>> = {
  ...Object.fromEntries(STANDARD.flatMap(([schema, codes]) => codes.split(' ').map((code) => [code, schema]))),
  'balancePlatform.transfer.created': transfer,
  'balancePlatform.transfer.updated': transfer,
  ...Object.fromEntries(
    ['accountHolder', 'balanceAccount', 'paymentInstrument'].flatMap((name) =>
      ['created', 'updated'].map((change) => [`balancePlatform.${name}.${change}`, object(name)]),
    ),
  ),
}
