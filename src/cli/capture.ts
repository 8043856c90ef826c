import type { Output } from './output.ts'

export interface CapturedFiles {
  method: string
  target: string
  /** Of the body. */
  bytes: number
  request: string
  body: string
}

/** Prints what was written of one request. */
export function showCaptured(captured: CapturedFiles, output: Output): void {
  output.show(captured, ({ method, target, bytes, request, body }) => [
    `${method} ${target}  ${bytes} bytes`,
    `  ${request}`,
    `  ${body}`,
  ])
}

/** Prints where to send to. */
export function showListening(place: { url: string; out: string }, output: Output): void {
  output.show(place, ({ url, out }) => [`Listening at ${url}; fixtures go to ${out}. Ctrl-C ends it.`])
}
