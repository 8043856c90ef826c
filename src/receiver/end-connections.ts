import type { Middleware } from 'koa'

/** Once the receiver closes, each answer is the last one on its connection. */
export function endConnections(isClosing: () => boolean): Middleware<object> {
  return async (ctx, next) => {
    await next()
    if (isClosing()) ctx.set('Connection', 'close')
  }
}
