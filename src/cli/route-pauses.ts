import type { Output } from './output.ts'

/** Confirms a pause. */
export function pausedRoute(pause: { handler: string; reason: string; actor: string }, output: Output): void {
  output.show(pause, ({ handler }) => [`${handler} is paused: its events wait until it is resumed.`])
}

/** Confirms that a pause is over. */
export function resumedRoute(resumed: { handler: string; actor: string }, output: Output): void {
  output.show(resumed, ({ handler }) => [`${handler} is resumed: what waited goes back to its place in the queue.`])
}
