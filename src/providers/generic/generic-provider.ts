import { VerificationError } from '../../domain/errors.ts'
import { checkSecret } from '../check-secret.ts'
import { identifiedEvent } from '../identified-event.ts'
import { type JsonObject, parseJsonBody } from '../json-body.ts'
import { dateOf, idOf, textOf } from '../json-field.ts'
import { matchSecret } from '../match-secret.ts'
import type { BodyView, IdentifiedEvent, Provider, WebhookRequest } from '../provider.ts'
import { TOLERANCE_SECONDS, assertFresh, parseTimestamp } from '../timestamp.ts'
import { createSecret } from './create-secret.ts'
import { describeScheme } from './describe-scheme.ts'
import { isHeaderPlace, isPlace, readPlaces } from './place.ts'
import { createProof } from './proof.ts'
import type { GenericOptions, Place } from './scheme.ts'

const SIGNS_NOTHING = new Set(['bearer', 'token', 'basic'])

/**
 * A provider from its description.
 * @throws Error for a description that cannot be right.
 */
export function genericProvider(options: GenericOptions): Provider {
  const { name, signature, timestamp } = options
  const places = { id: ['/id', '/event_id'], type: ['/type', '/event_type'], ...options } as Places
  assertPlaces(options)
  const proof = createProof(signature)
  const content = ('content' in signature && signature.content) || ''
  // `{id}` is the first of the headers that may hold it.
  const isSigned = (place: Place, at: number): boolean =>
    content.includes(`{${place}}`) || (at === 0 && content.includes('{id}'))
  const named = (request: WebhookRequest) => ({
    timestamp: timestamp && request.headers[timestamp.header],
    id: idHeaderOf(places.id, request),
  })
  return {
    name,
    contentTypes: options.contentTypes ?? ['application/json'],
    methods: ['POST'],
    // Where the credential itself comes along, its holder answers for every header, too.
    idSigned: SIGNS_NOTHING.has(signature.kind) || places.id.filter(isHeaderPlace).every(isSigned),
    listKey: 'none',
    verify(request, secrets, now) {
      const proves = proof.prepare(request, named(request))
      const time = timestamp && parseTimestamp(request.headers[timestamp.header])
      const verified = matchSecret(secrets, proves)
      if (time !== undefined) assertFresh(time, now, timestamp?.toleranceSeconds ?? TOLERANCE_SECONDS)
      return verified
    },
    identify: (request) => [identifyBy(places, request)],
    sign(body, secret, { now, id, type, url }) {
      const stated: Record<string, string> = {
        ...(timestamp && { [timestamp.header]: String(now) }),
        ...headerFor(places.id, id),
        ...(type !== undefined && headerFor(places.type, type)),
      }
      const request = { method: 'POST', url, headers: stated, body }
      return { ...stated, ...proof.sign(request, named(request), secret) }
    },
    schemas: {},
    canonical: bodyView(options),
    checkSecret: (secret) => checkSecret(secret, { minLength: 16 }),
    createSecret: () => createSecret(signature),
    scheme: describeScheme(options),
  }
}

type Places = GenericOptions & { id: readonly Place[]; type: readonly Place[] }

function assertPlaces({ name, id = [], type = [], occurredAt = [], entity, sequence }: GenericOptions): void {
  const all = [...id, ...type, ...occurredAt, ...(entity ? [entity.id] : []), ...(sequence ? [sequence] : [])]
  const wrong = all.map(String).find((place) => !isPlace(place))
  if (wrong !== undefined) {
    throw new Error(
      `${name}: "${wrong}" is no place: write header:<name in lower case>, or a JSON pointer such as /data/id`,
    )
  }
}

/** The header among the places of the ID: what `{id}` stands for in signed content. */
const idHeaderOf = (places: readonly Place[], { headers }: WebhookRequest): string | undefined => {
  const place = places.find(isHeaderPlace)
  return place && headers[place.slice('header:'.length)]
}

function headerFor(places: readonly Place[], value: string): Record<string, string> {
  const place = places.find(isHeaderPlace)
  return place === undefined ? {} : { [place.slice('header:'.length)]: value }
}

/**
 * What the body says, or else a header. Where both speak they must agree: only the body is sure to be signed.
 * @throws VerificationError
 */
function agreed(places: readonly Place[], request: WebhookRequest, body: JsonObject): unknown {
  const signed = readPlaces(
    places.filter((place) => !isHeaderPlace(place)),
    request,
    body,
  )
  const stated = readPlaces(places.filter(isHeaderPlace), request, body)
  if (signed !== undefined && stated !== undefined && stated !== idOf(signed)) {
    throw new VerificationError('type_mismatch', { message: 'A header says something else than the body.' })
  }
  return signed ?? stated
}

function identifyBy(places: Places, request: WebhookRequest): IdentifiedEvent {
  const body = parseJsonBody(request.body)
  const type = textOf(agreed(places.type, request, body))
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The event states no type.' })
  const entityId = places.entity && idOf(readPlaces([places.entity.id], request, body))
  return identifiedEvent({
    id: idOf(agreed(places.id, request, body)),
    type,
    occurredAt: dateOf(readPlaces(places.occurredAt ?? ['/created_at', '/timestamp'], request, body)),
    entity: places.entity && entityId !== undefined ? { kind: places.entity.kind, id: entityId } : undefined,
    sequence: places.sequence && sequenceOf(readPlaces([places.sequence], request, body)),
    apiVersion: textOf(body['api_version']),
  })
}

const sequenceOf = (value: unknown): bigint | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? BigInt(value as number) : undefined

/** There is no API to ask: the body is the state, guarded by the sequence that it carries, if it carries one. */
const bodyView = ({ sequence }: GenericOptions): BodyView => ({
  canonical: 'none',
  view(bytes) {
    if (sequence === undefined || isHeaderPlace(sequence)) return undefined
    const body = parseJsonBody(bytes)
    const version = sequenceOf(readPlaces([sequence], { method: 'POST', url: '', headers: {}, body: bytes }, body))
    return version === undefined ? undefined : { state: body, version }
  },
})
