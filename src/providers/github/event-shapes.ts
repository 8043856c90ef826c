import type { JsonObject } from '../json-body.ts'

/**
 * The top-level keys that tell the events apart: those always there, with a value where only one is possible, and after
 * `?` those that may be. Taken from GitHub's published payloads and types. An event that is not listed is not checked.
 */
const SHAPES = {
  branch_protection_rule: 'action rule repository',
  check_run: 'action check_run repository',
  check_suite: 'action check_suite repository',
  code_scanning_alert: 'action alert commit_oid repository ?ref',
  commit_comment: 'action comment repository',
  create: 'ref ref_type master_branch repository',
  delete: 'ref ref_type repository',
  dependabot_alert: 'action alert repository',
  deploy_key: 'action key repository',
  deployment: 'deployment repository ?action ?workflow ?workflow_run',
  deployment_review: 'action since workflow_run repository ?comment',
  deployment_status: 'deployment deployment_status repository ?action ?check_run ?workflow ?workflow_run',
  discussion: 'action discussion repository ?label',
  discussion_comment: 'action comment discussion repository',
  fork: 'forkee repository',
  github_app_authorization: 'action=revoked',
  gollum: 'pages repository',
  installation: 'action installation',
  installation_repositories: 'action installation repositories_added repositories_removed',
  issue_comment: 'action comment issue repository',
  issues: 'action issue repository ?label ?milestone',
  label: 'action label repository',
  marketplace_purchase: 'action marketplace_purchase',
  member: 'action member repository',
  membership: 'action member scope team organization',
  merge_group: 'action merge_group repository',
  meta: 'action hook ?repository',
  milestone: 'action milestone repository',
  org_block: 'action blocked_user organization',
  organization: 'action organization ?membership ?invitation ?user',
  package: 'action package ?repository',
  page_build: 'build repository',
  ping: 'hook zen ?repository',
  project: 'action project ?repository',
  project_card: 'action project_card ?repository',
  project_column: 'action project_column ?repository',
  projects_v2_item: 'action projects_v2_item',
  public: 'repository',
  pull_request: 'action number pull_request repository ?label ?milestone ?before ?after',
  pull_request_review: 'action pull_request review repository',
  pull_request_review_comment: 'action comment pull_request repository',
  pull_request_review_thread: 'action pull_request thread repository',
  push: 'ref before after commits pusher repository',
  release: 'action release repository',
  repository: 'action repository',
  repository_dispatch: 'action branch client_payload repository',
  repository_import: 'status repository',
  repository_vulnerability_alert: 'action alert repository',
  secret_scanning_alert: 'action alert repository',
  secret_scanning_alert_location: 'action alert location ?repository',
  security_advisory: 'action security_advisory',
  sponsorship: 'action sponsorship',
  star: 'action starred_at repository',
  status: 'branches commit sha state repository',
  team: 'action team organization ?repository',
  team_add: 'team repository organization',
  watch: 'action=started repository',
  workflow_dispatch: 'inputs ref workflow repository',
  workflow_job: 'action workflow_job repository ?deployment',
  workflow_run: 'action workflow workflow_run repository',
}

/** Keys that GitHub adds to any event, depending on who subscribed. */
const CONTEXT = new Set(['organization', 'installation'])

interface Shape {
  /** Keys, each with its value if it can have only one. */
  required: ReadonlyMap<string, string | undefined>
  known: ReadonlySet<string>
}

const shapes = new Map(Object.entries(SHAPES).map(([event, keys]) => [event, parseShape(keys)]))
const telling = [...new Set([...shapes.values()].flatMap(({ known }) => [...known]))].filter((key) => !CONTEXT.has(key))

function parseShape(text: string): Shape {
  const required = new Map<string, string | undefined>()
  const optional: string[] = []
  for (const word of text.split(' ')) {
    const [key = '', value] = word.split('=')
    if (key.startsWith('?')) optional.push(key.slice(1))
    else required.set(key, value)
  }
  return { required, known: new Set([...required.keys(), ...optional]) }
}

/** Whether a body can be one of `event`: nothing that tells it is missing, and nothing is there that tells another. */
export function fitsEvent(event: string, body: JsonObject): boolean {
  const shape = shapes.get(event)
  if (shape === undefined) return true
  for (const [key, value] of shape.required) {
    if (!Object.hasOwn(body, key) || (value !== undefined && body[key] !== value)) return false
  }
  return !telling.some((key) => Object.hasOwn(body, key) && !shape.known.has(key))
}

/** The listed event that a body must be one of; undefined where it could be several or none. */
export function eventOf(body: JsonObject): string | undefined {
  const [event, ...others] = [...shapes.keys()].filter((name) => fitsEvent(name, body))
  return others.length === 0 ? event : undefined
}
