import type { EventRef } from '../domain/event.ts'
import type { CanonicalRead } from '../providers/provider.ts'
import type { PolicyName } from './activity-policy.ts'
import type { Effects } from './effects.ts'
import type { FetchUrl } from './fetch-url.ts'

/**
 * A canonical read with a version that grows: the provider's own, or the order in which reads were asked for. Guard every write
 * of state by it (`where stored.version < new.version`), so that an older view never overwrites a newer one.
 */
export type CanonicalView = CanonicalRead & { version: bigint }

/** What the engine hands to an activity. In a test, pass literal fakes. */
export interface ActivityDependencies extends Effects {
  /** Your database: a pool of its own, so that user code cannot starve the engine. */
  db: { query<Row extends object>(text: string, values?: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }> }
  /**
   * What the provider's API says now about the event's entity.
   * @throws ApiError, which tells Temporal whether to try again.
   */
  canonical(event: EventRef): Promise<CanonicalView>
  /** The event exactly as received: for `edge` handlers. */
  received(event: EventRef): Promise<{ headers: Record<string, string>; body: Buffer }>
  /** Fetches a URL that a payload names, within limits. */
  fetchUrl: FetchUrl
  /** The `settings` of posthorn.config.ts; what is unset or empty is left out. */
  settings: Readonly<Record<string, string>>
}

/** `never[]`: parameters are contravariant, so this admits every function. */
export type ActivityFunction = (...args: never[]) => Promise<unknown>

/** What `activity` makes: the name of its policy, and the factory that the worker gives its dependencies to. */
export interface ActivityDefinition<Fn extends ActivityFunction = ActivityFunction> {
  readonly policy: PolicyName
  readonly create: (dependencies: ActivityDependencies) => Fn
}

/**
 * Declares an activity: its policy, and a factory over its dependencies. Export it from `activities/index.ts`: the export's name
 * is the activity type in Temporal, for ever.
 */
export function activity<Fn extends ActivityFunction>(
  policy: PolicyName,
  create: (dependencies: ActivityDependencies) => Fn,
): ActivityDefinition<Fn> {
  return { policy, create }
}

/** The functions behind a module of definitions, by name: what workflows see of `activities/index.ts`. */
export type ActivityTypes<Module> = {
  [
    Name in keyof Module as Module[Name] extends ActivityDefinition ? Name : never
  ]: Module[Name] extends ActivityDefinition<infer Fn> ? Fn : never
}
