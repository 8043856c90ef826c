import {
  type Headers,
  type WorkflowInterceptorsFactory,
  type Payload,
  defaultPayloadConverter,
} from '@temporalio/workflow'
import { isEventRef } from '../domain/event.ts'
import { RUN_HEADER, type RunHeader } from './run-header.ts'

/** Tells every activity which run it is a part of. A header is no command: recorded histories replay with it or without. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let run: Payload | undefined
  const withRun = <Input extends { headers: Headers }>(input: Input): Input =>
    run === undefined ? input : { ...input, headers: { ...input.headers, [RUN_HEADER]: run } }
  return {
    inbound: [
      {
        execute(input, next) {
          const [event] = input.args
          if (isEventRef(event)) {
            const { key, handler, attempt }: RunHeader = event
            run = defaultPayloadConverter.toPayload({ key, handler, attempt })
          }
          return next(input)
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(withRun(input)),
        scheduleLocalActivity: (input, next) => next(withRun(input)),
      },
    ],
  }
}
