/** Codes that the engine itself gives a run that ended badly. A handler's own codes come from `permanent(code, …)`. */
export const FAILURES = {
  run_failed: 'The run failed.',
  run_terminated: 'The run was terminated in Temporal.',
  run_timed_out: 'The run timed out in Temporal.',
  run_cancelled: 'The run was cancelled.',
  run_lost: 'Temporal does not know this run any more.',
  undispatchable: 'Temporal refuses to start this run.',
  attempts_exhausted: 'An activity failed as often as its policy permits.',
} as const

export type FailureCode = keyof typeof FAILURES
