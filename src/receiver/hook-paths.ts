import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Middleware } from 'koa'
import { PosthornError } from '../domain/errors.ts'
import type { Source } from '../providers/source.ts'
import { sha256 } from '../storage/event-key.ts'
import type { RequestState } from './request-state.ts'

export interface HookPaths {
  /** The source that listens at `path`; undefined for an unknown path and for a wrong token alike. */
  find(path: string): Source | undefined
}

interface Hook {
  source: Source
  tokenDigest?: Buffer
}

const RESERVED = ['/health', '/webhooks/health']

/** What a request may append to a hook path: a token and an event type. */
const MAX_APPENDED = 2
/** Compared with when there is no such hook, so that an unknown source takes as long as a wrong token. */
const NO_TOKEN = randomBytes(32)

/**
 * The table of hook paths: `path`, `path/<token>`, and either with `/<event type>` behind it where the source says so.
 * @throws Error when there is one of the `hookPathProblems`.
 */
export function createHookPaths(sources: readonly Source[]): HookPaths {
  const [problem] = hookPathProblems(sources)
  if (problem !== undefined) throw new Error(problem)
  const hooks = new Map<string, Hook>(
    sources.map((source) => [
      source.path,
      { source, ...(source.pathToken !== undefined && { tokenDigest: sha256(source.pathToken) }) },
    ]),
  )
  return {
    find(path) {
      const { hook, appended } = longestMatch(hooks, path.endsWith('/') ? path.slice(0, -1) : path)
      if (hook !== undefined && hook.tokenDigest === undefined) return fits(hook.source, appended)
      const [token = '', ...suffix] = appended
      const known = timingSafeEqual(sha256(token), hook?.tokenDigest ?? NO_TOKEN)
      return known && hook !== undefined ? fits(hook.source, suffix) : undefined
    },
  }
}

function longestMatch(hooks: Map<string, Hook>, path: string): { hook: Hook | undefined; appended: string[] } {
  const appended: string[] = []
  let base = path
  for (;;) {
    const hook = hooks.get(base)
    const slash = base.lastIndexOf('/')
    if (hook !== undefined || slash <= 0 || appended.length === MAX_APPENDED) return { hook, appended }
    appended.unshift(base.slice(slash + 1))
    base = base.slice(0, slash)
  }
}

const fits = (source: Source, suffix: string[]): Source | undefined =>
  suffix.length === 0 || (suffix.length === 1 && source.typeSuffix) ? source : undefined

/** A sentence for every path that is taken twice, or stands in the way of the health answers. */
export function hookPathProblems(sources: readonly Pick<Source, 'id' | 'path'>[]): string[] {
  const problems: string[] = []
  const owners = new Map<string, string>()
  for (const { id, path } of sources) {
    const owner = owners.get(path)
    if (owner !== undefined) problems.push(`Sources ${owner} and ${id} have the same path ${path}; give one another.`)
    else owners.set(path, id)
    if (isReserved(path)) problems.push(`Source ${id}: ${path} is reserved for health checks; choose another path.`)
  }
  return problems
}

const isReserved = (path: string): boolean => RESERVED.some((root) => path === root || path.startsWith(`${root}/`))

/** 404 unless the path, with its token, is one of a source. */
export function findHook(paths: HookPaths): Middleware<RequestState> {
  return (ctx, next) => {
    const source = paths.find(ctx.path)
    if (source === undefined) throw new PosthornError('not_found')
    ctx.state.source = source
    ctx.state.line.source = source.id
    return next()
  }
}
