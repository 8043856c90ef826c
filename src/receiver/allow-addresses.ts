import type { Middleware } from 'koa'
import { PosthornError } from '../domain/errors.ts'
import type { Source } from '../providers/source.ts'
import { type CidrList, createCidrList } from './cidr-list.ts'
import type { HookState } from './request-state.ts'

/** 403 for an address outside the source's ranges. A second fence, never in place of the signature. */
export function allowAddresses(sources: readonly Source[]): Middleware<HookState> {
  const lists = new Map<string, CidrList>()
  for (const { id, allowIps } of sources) if (allowIps.length > 0) lists.set(id, createCidrList(allowIps))
  return (ctx, next) => {
    const { source, client } = ctx.state
    const allowed = lists.get(source.id)
    if (allowed !== undefined && !allowed.contains(client.address ?? '')) throw new PosthornError('ip_not_allowed')
    return next()
  }
}
