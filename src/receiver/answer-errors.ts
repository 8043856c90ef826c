import type { Middleware } from 'koa'
import { ERRORS } from '../domain/errors.ts'
import { ERROR_BODIES, Refusal, answer } from './answer.ts'
import { codeOf } from './error-facts.ts'
import { answerAndLinger } from './linger.ts'
import { noteRefusal } from './request-notes.ts'
import type { RequestState } from './request-state.ts'

/** Long enough for a restart of Postgres. */
const NOT_DURABLE_RETRY_AFTER_SECONDS = '10'

/** The one place where errors become answers: 4xx is the sender's to mend, 5xx is ours. */
export const answerErrors: Middleware<RequestState> = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    noteRefusal(ctx.state, error)
    const code = codeOf(error)
    if (code === 'not_durable') ctx.set('Retry-After', NOT_DURABLE_RETRY_AFTER_SECONDS)
    if (error instanceof Refusal) ctx.set(error.headers)
    answer(ctx, { status: ERRORS[code].status, body: ERROR_BODIES[code] })
    const { req, res } = ctx
    const gaveUpOnBody = !req.complete && (req.readableDidRead || code === 'payload_too_large')
    if (gaveUpOnBody) {
      ctx.respond = false
      answerAndLinger(req, res, ERROR_BODIES[code])
    }
  }
}
