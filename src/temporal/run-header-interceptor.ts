import { tsToMs } from '@temporalio/common/lib/time.js'
import {
  type Headers,
  type LocalActivityInput,
  type WorkflowInterceptorsFactory,
  type Payload,
  defaultPayloadConverter,
} from '@temporalio/workflow'
import { isEventRef } from '../domain/event.ts'
import { RESUMED_HEADER, RUN_HEADER, type ResumedHeader, type RunHeader } from './run-header.ts'

/**
 * Tells every activity which run it is a part of, and a local one that goes on after a timer what the SDK tells only us. A header is no
 * command: recorded histories replay with it or without.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let run: Payload | undefined
  const withRun = <Input extends { headers: Headers }>(input: Input): Input =>
    run === undefined ? input : withHeader(input, RUN_HEADER, run)
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
        scheduleLocalActivity: (input, next) => next(withResumption(withRun(input))),
      },
    ],
  }
}

function withResumption(input: LocalActivityInput): LocalActivityInput {
  const { originalScheduleTime, attempt } = input
  if (originalScheduleTime === undefined) return input
  const resumed: ResumedHeader = { scheduledMs: tsToMs(originalScheduleTime), attempt }
  return withHeader(input, RESUMED_HEADER, defaultPayloadConverter.toPayload(resumed))
}

const withHeader = <Input extends { headers: Headers }>(input: Input, name: string, content: Payload): Input => ({
  ...input,
  headers: { ...input.headers, [name]: content },
})
