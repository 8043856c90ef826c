/** Codes that the engine itself gives a run that ended badly. A handler's own codes come from `permanent(code, …)`. */
export const FAILURES = {
  run_failed: 'The run failed.',
  run_terminated: 'The run was terminated in Temporal.',
  run_timed_out: 'The run timed out in Temporal.',
  run_cancelled: 'The run was cancelled.',
  run_stuck: 'The run was given up: its workflow tasks failed again and again.',
  run_lost: 'Temporal does not know this run any more.',
  undispatchable: 'Temporal refuses to start this run.',
  handler_gone: 'The deployed code has no such handler any more.',
  unknown_activity: 'The deployed code has no such activity.',
  effect_mismatch: 'An effect was asked for again with other arguments.',
  effect_uncertain: 'Nobody knows whether a call to another system took place.',
  effect_outside_run: 'An effect was asked for outside of an event’s run.',
  not_undone: 'Steps that were taken could not be undone after a later one had failed.',
  attempts_exhausted: 'An activity failed as often as its policy permits.',
  outage_outlasted: 'What an activity needs was away for longer than a run may wait.',
  payload_gone: 'The bytes of this event are no longer stored.',
} as const

export type FailureCode = keyof typeof FAILURES
