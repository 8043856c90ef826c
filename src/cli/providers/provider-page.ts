import type { Provider } from '../../providers/provider.ts'
import { configExample } from './config-example.ts'
import { exactly, gapWords } from './fact-words.ts'
import { type ProviderFacts, providerFacts } from './provider-facts.ts'

export const MADE_BY =
  '<!-- Made by `npm run docs:write` from the providers themselves. `npm run docs:check` holds it to them. -->'

export interface PageSubject {
  provider: Provider
  /** A type that `posthorn send` has a sample of. */
  sampleType: string | undefined
}

/** The page about one provider, in Markdown. */
export function providerPage({ provider, sampleType }: PageSubject): string {
  const facts = providerFacts(provider)
  return `${[
    MADE_BY,
    `# ${provider.name}`,
    ...connecting(provider),
    ...tryingOut(provider, sampleType),
    '## How it signs',
    signing(facts),
    '## What it is answered, and when it sends again',
    answering(provider, facts),
    '## Events',
    eventsOf(provider),
    '## The present state',
    presentState(provider),
    '## What got lost',
    completeness(facts),
    ...(provider.notes === undefined ? [] : ['## Worth knowing', bullets(provider.notes)]),
  ].join('\n\n')}\n`
}

const code = (text: string): string => `\`${text}\``
const codes = (texts: readonly string[]): string => texts.map(code).join(', ')
const bullets = (texts: readonly string[]): string => texts.map((text) => `- ${text}`).join('\n')

function connecting(provider: Provider): string[] {
  const { text, variables } = configExample(provider)
  const secret = variables[0]?.name ?? ''
  return [
    '## Connect it',
    'In `posthorn.config.ts`:',
    `\`\`\`ts\n${text}\`\`\``,
    `At the provider: ${provider.setUp?.hook ?? ''} The URL is ${code(`https://<your host>/webhooks/${provider.name}`)}; ${code('npx posthorn sources')} prints it.`,
    'In the environment:',
    bullets(variables.map(({ name, about = '' }) => `${code(name)}: ${about}`)),
    `While the secret is rotated, ${code(`${secret}_NEXT`)} and ${code(`${secret}_PREVIOUS`)} are accepted, too, the latter until ${code(`${secret}_PREVIOUS_UNTIL`)} if that is set.`,
  ]
}

function tryingOut(provider: Provider, sampleType = '<type> --fixture <file>'): string[] {
  const { setUp, name } = provider
  if (setUp?.tryOut !== undefined) return ['## Try it', setUp.tryOut]
  const secret = configExample(provider).variables[0]?.name ?? ''
  const { sign, verify } = provider.createSecret?.() ?? {}
  return [
    '## Try it',
    `With \`npx posthorn dev\` running, which makes up what the environment lacks:`,
    `    npx posthorn send ${name} ${sampleType}\n    npx posthorn events`,
    ...(sign === verify
      ? []
      : [
          `What signs is a private key, ${code(`${secret}_SIGNING_KEY`)}: \`posthorn dev\` makes one up with the public key.`,
        ]),
  ]
}

const signing = ({ scheme = '', idSigned }: ProviderFacts): string =>
  `${scheme}\n\n${
    idSigned
      ? 'The event’s ID, or what it is composed of, is proven with the rest.'
      : 'The event’s ID is not signed: what was proven once does not count again under another one.'
  }`

function answering({ acknowledgement, contentTypes, methods, handshake }: Provider, facts: ProviderFacts): string {
  const { ackWithinSeconds, retryAfterSeconds, deliveryNote } = facts
  const body = acknowledgement?.body ?? '{"received":true}'
  return [
    `It sends ${codes(contentTypes)} by ${methods.join(' or ')}, and is answered with 200 and ${body === '' ? 'an empty body' : code(body)}.`,
    ...(handshake === undefined ? [] : ['What it sends to prove an endpoint is answered as it wants.']),
    ackWithinSeconds === undefined
      ? 'How long it waits for an answer is not documented.'
      : `It waits ${exactly(ackWithinSeconds)} for an answer.`,
    ...(retryAfterSeconds === undefined ? [] : [retrySentence(retryAfterSeconds)]),
    ...(deliveryNote === undefined ? [] : [deliveryNote]),
  ].join(' ')
}

const retrySentence = (gaps: readonly number[]): string =>
  gaps.length === 0 ? 'It never tries again by itself.' : `It tries again after ${gapWords(gaps)}.`

function eventsOf({ schemas }: Provider): string {
  const types = Object.keys(schemas)
  if (types.length === 0) return 'Every type is taken in. There are no schemas: the bodies are the sender’s affair.'
  return `Every type is taken in. These have a schema: ${codes(types)}. An event that does not fit its own is parked where something handles or mirrors it; a source with \`onMalformed: 'refuse'\` refuses it.`
}

function presentState({ canonical }: Provider): string {
  if ('view' in canonical) {
    return 'There is no API to read. The verified body is taken for the state, if it carries a number that says which one is newer.'
  }
  const host = canonical.baseUrl === '' ? 'the host that `api.baseUrl` names' : code(canonical.baseUrl)
  return `Read from ${host} for events about ${codes(canonical.kinds)}. With \`mirror: true\` it stands in \`posthorn.entities\`.`
}

function completeness({ lists }: ProviderFacts): string {
  if (lists.what === 'nothing')
    return 'There is no list to compare with: what got lost cannot be found, nor that nothing was.'
  const place = lists.needsPlace ? ' The list is where `api.listing` says; without it nothing is compared.' : ''
  const how =
    lists.what === 'events'
      ? `Its list of events, ${lists.daysBack} days long, is compared with what arrived, and what is missing is taken in under its own ID.`
      : `It lists no events. Its lists of ${codes(lists.kinds)} are compared with the mirror, and what differs is read again, under an event ${codes(lists.kinds.map((kind) => `${kind}.reconciled`))}.`
  return `${how}${place} See [reconciliation](../reconciliation.md).`
}
