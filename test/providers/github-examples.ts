import { createRequire } from 'node:module'

/** GitHub's published payloads, with the event's name beside each. */
export interface GithubExample {
  event: string
  body: Record<string, unknown> & { action?: string }
}

const VERSIONS = ['api.github.com', 'ghes-31', 'ghes-32', 'ghes-33', 'ghes-34', 'ghes-35']

const require = createRequire(import.meta.url)

const load = (version: string): { name: string; examples: GithubExample['body'][] }[] =>
  require(`@octokit/webhooks-examples/${version}/index.json`) as { name: string; examples: GithubExample['body'][] }[]

export const githubExamples: readonly GithubExample[] = VERSIONS.flatMap((version) =>
  load(version).flatMap(({ name, examples }) => examples.map((body) => ({ event: name, body }))),
)
