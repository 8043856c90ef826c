import { newAccount, newRepository } from './github-objects.ts'

export const ORGANIZATION = 'posthorn-demo'
export const HOOK_ID = 491_001

const owner = newAccount('Organization', ORGANIZATION, 910_001)

export const PEOPLE = ['ada-q', 'dele-o', 'emi-t'].map((login, index) => newAccount('User', login, 910_002 + index))

export const REPOSITORIES = ['storefront', 'ledger'].map((name, index) =>
  newRepository({ owner, name, id: 820_001 + index, createdAt: '2025-03-03T09:00:00Z' }),
)

/** An organisation in events is shorter than an account elsewhere. */
export const organization = {
  login: owner['login'],
  id: owner['id'],
  node_id: owner['node_id'],
  url: `https://api.github.com/orgs/${ORGANIZATION}`,
  repos_url: `https://api.github.com/orgs/${ORGANIZATION}/repos`,
  events_url: `https://api.github.com/orgs/${ORGANIZATION}/events`,
  hooks_url: `https://api.github.com/orgs/${ORGANIZATION}/hooks`,
  issues_url: `https://api.github.com/orgs/${ORGANIZATION}/issues`,
  members_url: `https://api.github.com/orgs/${ORGANIZATION}/members{/member}`,
  public_members_url: `https://api.github.com/orgs/${ORGANIZATION}/public_members{/member}`,
  avatar_url: owner['avatar_url'],
  description: null,
}

/** What GitHub sends first of all, when the hook is made. */
export const ping = {
  zen: 'Keep it logically awesome.',
  hook_id: HOOK_ID,
  hook: {
    type: 'Organization',
    id: HOOK_ID,
    name: 'web',
    active: true,
    events: ['issues', 'push'],
    config: { content_type: 'json', insecure_ssl: '0', secret: '********' },
    ping_url: `https://api.github.com/orgs/${ORGANIZATION}/hooks/${HOOK_ID}/pings`,
    deliveries_url: `https://api.github.com/orgs/${ORGANIZATION}/hooks/${HOOK_ID}/deliveries`,
  },
}
