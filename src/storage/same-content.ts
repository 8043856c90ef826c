import { isDeepStrictEqual } from 'node:util'

/**
 * Whether two bodies say the same but for what changes with every delivery of an event. `volatile`: JSON pointers such as
 * `/meta/attempt`. Bytes that are no JSON never do.
 */
export function isSameContent(one: Buffer, other: Buffer, volatile: readonly string[]): boolean {
  const [left, right] = [lasting(one, volatile), lasting(other, volatile)]
  return left !== undefined && isDeepStrictEqual(left, right)
}

/** What a body says, but for what changes with every delivery; undefined for bytes that are no JSON. */
export function lasting(body: Buffer, volatile: readonly string[]): unknown {
  const content = parse(body)
  for (const pointer of volatile) forget(content, pointer.slice(1).split('/'))
  return content
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

/** What differs becomes the same: a member that one of them lacks is no difference either. */
function forget(content: unknown, [name = '', ...rest]: string[]): void {
  if (typeof content !== 'object' || content === null) return
  const members = content as Record<string, unknown>
  if (rest.length > 0) forget(members[name], rest)
  else members[name] = null
}
