import type { Provider } from '../../providers/provider.ts'

/** A hook of the configuration. */
export interface ConfiguredHook {
  path: string
  provider: Provider | undefined
  hasToken: boolean
  typeSuffix: boolean
}

/** What is known of a path that was called. */
export interface CalledPath {
  /** Whose hook it is, if any's. */
  provider?: Provider | undefined
  /** Without what may be a token. */
  shownPath: string
}

export const pathOf = (target: string): string => target.replace(/\?.*$/s, '')

/** Behind the path of a hook stand its token, the type of the event, or both; behind any other nobody knows what. */
export function findCalled(path: string, hooks: readonly ConfiguredHook[]): CalledPath {
  const hook = hooks.find((known) => path === known.path || path.startsWith(`${known.path}/`))
  const root = hook?.path ?? /^(\/[^/]*){0,2}/.exec(path)?.[0] ?? ''
  const firstShown = hook?.typeSuffix === true ? Number(hook.hasToken) : Infinity
  const behind = path
    .slice(root.length)
    .split('/')
    .slice(1)
    .map((segment, index) => (index < firstShown ? 'redacted' : segment))
  return { provider: hook?.provider, shownPath: [root, ...behind].join('/') }
}
