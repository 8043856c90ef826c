import { createPaint } from '../../cli/terminal/paint.ts'
import { type Steps, createSteps } from '../../cli/terminal/steps.ts'
import type { Environment } from '../settings.ts'

/** Steps before the eyes of whoever gave the command: on stderr, for stdout is for the answer. */
export function stepsOnTerminal(environment: Environment): Steps {
  const { stderr } = process
  const paint = createPaint(stderr.isTTY && !environment['NO_COLOR'])
  const write = (text: string): void => void stderr.write(text)
  return createSteps({ write, isTerminal: stderr.isTTY, columns: stderr.columns || 80, paint })
}
