import type { Random } from '../random.ts'
import type { Truth } from '../world.ts'
import type { GithubObject } from './github-objects.ts'
import { commitOf, newCommit, type PushedCommit, pushOf, refTo } from './new-push.ts'

/** The main branches of repositories, each a line of commits. */
export interface CommitLog {
  /** Adds a commit, and returns what the `push` event says. */
  push(repository: GithubObject, author: GithubObject, at: Date): GithubObject
  /** What the API has at `path` below a repository; undefined where that is none of its matters, or nothing is there. */
  read(repository: GithubObject, path: string): unknown
  truth(): Truth[]
}

export function createCommitLog(random: Random): CommitLog {
  const commits = new Map<GithubObject, PushedCommit[]>()
  const commitsOf = (repository: GithubObject): PushedCommit[] => commits.get(repository) ?? []
  const headOf = (repository: GithubObject): PushedCommit | undefined => commitsOf(repository).at(-1)

  return {
    push(repository, author, at) {
      const parent = headOf(repository)?.sha ?? random.hex(40)
      const commit = newCommit(random, { repository, author, parent, at })
      commits.set(repository, [...commitsOf(repository), commit])
      return pushOf(commit)
    },
    read(repository, path) {
      const head = headOf(repository)
      if (path === 'branches') return head ? [{ name: 'main', commit: { sha: head.sha }, protected: false }] : []
      if (path === 'git/ref/heads/main') return head && refTo(head)
      const commit = commitsOf(repository).find(({ sha }) => path === `commits/${sha}`)
      return commit && commitOf(commit)
    },
    truth: () =>
      [...commits.values()].flatMap((line) =>
        line.slice(-1).map((head) => ({
          entity: { kind: 'ref', id: `${String(head.repository['full_name'])}/heads/main` },
          state: refTo(head),
        })),
      ),
  }
}
