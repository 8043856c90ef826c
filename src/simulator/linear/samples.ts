import type { Fields } from '../step.ts'
import type { Family, SampleBook, SampleFacts } from '../sample.ts'

const TEAM = '72b2a2dc-6f4f-4423-9d34-24b5bd10634a'
const actor = { id: 'b5ea5f1f-8adc-4f52-b4bd-ab4e84cf51ba', type: 'user', name: 'Ada Quist' }

const webhook = ({ now }: SampleFacts, type: string, action: string) => ({
  action,
  type,
  createdAt: now.toISOString(),
  organizationId: 'd1a4e234-0000-4388-90fe-adc3633d6b72',
  actor,
  webhookId: '000042e3-d123-4980-b49f-8e140eef9329',
  webhookTimestamp: now.getTime(),
})

const issueOf = (random: SampleFacts['random']): Fields => {
  const number = random.integer(1, 900)
  return { number, identifier: `ENG-${number}`, title: 'It rains', teamId: TEAM, priority: random.integer(0, 4) }
}

/** By type, what of it is its own. */
const OWN: Readonly<Record<string, (facts: SampleFacts) => Fields>> = {
  Attachment: () => ({ title: 'The report', url: 'https://example.com/report', source: null }),
  Comment: () => ({ body: 'Seen here, too.', userId: actor.id }),
  Cycle: ({ now, random }) => ({
    number: random.integer(1, 90),
    startsAt: now.toISOString(),
    endsAt: new Date(now.getTime() + 14 * 86_400_000).toISOString(),
    teamId: TEAM,
  }),
  Document: () => ({ title: 'How we round', content: 'Once.' }),
  Initiative: () => ({ name: 'Fewer roundings', status: 'Active' }),
  Issue: ({ random }) => issueOf(random),
  IssueLabel: () => ({ name: 'Bug', color: '#eb5757', isGroup: false }),
  Project: () => ({ name: 'Totals', progress: 0.5 }),
  ProjectUpdate: ({ random }) => ({ body: 'On track.', health: 'onTrack', projectId: random.uuid() }),
  Reaction: () => ({ emoji: '👍', userId: actor.id }),
  User: () => ({ name: 'Ada Quist', displayName: 'ada', email: 'ada@example.com', active: true }),
}

const entity =
  (type: string, own: (facts: SampleFacts) => Fields): Family =>
  (facts, action) => {
    const time = facts.now.toISOString()
    const data = { id: facts.random.uuid(), createdAt: time, updatedAt: time, ...own(facts) }
    return {
      ...webhook(facts, type, action),
      data,
      url: `https://linear.app/site/${type.toLowerCase()}/${data.id}`,
      ...(action === 'update' && { updatedFrom: { updatedAt: time } }),
    }
  }

export const samples: SampleBook = {
  newId: (random) => random.uuid(),
  families: {
    ...Object.fromEntries(Object.entries(OWN).map(([type, own]) => [type, entity(type, own)])),
    IssueSLA: (facts, action) => ({
      ...webhook(facts, 'IssueSLA', action),
      issueData: { id: facts.random.uuid(), ...issueOf(facts.random) },
    }),
    AgentSessionEvent: (facts, action) => ({
      ...webhook(facts, 'AgentSessionEvent', action),
      agentSession: { id: facts.random.uuid(), status: 'pending' },
    }),
  },
}
