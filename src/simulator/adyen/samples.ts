import type { SampleBook, Family } from '../sample.ts'
import { each, wholeSeconds } from '../sample.ts'

/** One item, as a standard webhook about a payment mostly has. */
const standard =
  (eventCode: string, modifies: boolean): Family =>
  ({ id, now, random }) => ({
    live: 'false',
    notificationItems: [
      {
        NotificationRequestItem: {
          additionalData: { expiryDate: '03/2030', authCode: random.digits(6), cardSummary: random.digits(4) },
          amount: { value: random.integer(5, 500) * 100, currency: 'EUR' },
          eventCode,
          eventDate: wholeSeconds(now).replace('Z', '+00:00'),
          merchantAccountCode: 'AcmeECOM',
          merchantReference: `order-${random.digits(6)}`,
          ...(modifies && { originalReference: random.token(16).toUpperCase() }),
          paymentMethod: 'visa',
          pspReference: id,
          reason: '',
          success: 'true',
        },
      },
    ],
  })

const PAYMENTS = 'AUTHORISATION AUTHORISATION_ADJUSTMENT OFFER_CLOSED PENDING RECURRING_CONTRACT'
const MODIFICATIONS =
  'CANCELLATION CAPTURE CAPTURE_FAILED CHARGEBACK CHARGEBACK_REVERSED NOTIFICATION_OF_CHARGEBACK NOTIFICATION_OF_FRAUD ' +
  'PREARBITRATION_LOST PREARBITRATION_WON REFUND REFUND_FAILED REFUNDED_REVERSED REQUEST_FOR_INFORMATION SECOND_CHARGEBACK ' +
  'TECHNICAL_CANCEL VOID_PENDING_REFUND CANCEL_OR_REFUND'
const REPORTS = 'REPORT_AVAILABLE'

const byCode = (codes: string, modifies: boolean): Record<string, Family> =>
  Object.fromEntries(codes.split(' ').map((code) => [code, standard(code, modifies)]))

/** A webhook of the platform: the object under its own name, or its fields themselves. */
const platform =
  (name: string): Family =>
  ({ id, now, random }, change) => {
    const object = {
      id,
      status: change === 'created' ? 'active' : 'suspended',
      description: `Account ${random.digits(4)}`,
    }
    return {
      data: { balancePlatform: 'AcmePlatform', [name]: object },
      environment: 'test',
      timestamp: now.toISOString(),
      type: `balancePlatform.${name}.${change}`,
    }
  }

const transfer: Family = ({ id, now, random }, change) => ({
  data: {
    id,
    balancePlatform: 'AcmePlatform',
    amount: { value: random.integer(1, 90) * 100, currency: 'EUR' },
    category: 'bank',
    creationDate: now.toISOString(),
    sequenceNumber: change === 'created' ? 1 : 2,
    status: change === 'created' ? 'received' : 'booked',
  },
  environment: 'test',
  timestamp: now.toISOString(),
  type: `balancePlatform.transfer.${change}`,
})

export const samples: SampleBook = {
  newId: (random) => random.token(16).toUpperCase(),
  families: {
    ...byCode(PAYMENTS, false),
    ...byCode(MODIFICATIONS, true),
    ...byCode(REPORTS, false),
    ...Object.fromEntries(
      ['accountHolder', 'balanceAccount', 'paymentInstrument'].map((name) => [
        `balancePlatform.${name}`,
        platform(name),
      ]),
    ),
    ...each('balancePlatform.transfer', transfer),
  },
}
