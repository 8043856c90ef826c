import type { Paint } from './paint.ts'

export interface StepsOptions {
  write: (text: string) => void
  /** A line can be written over; otherwise every news is a line of its own. */
  isTerminal: boolean
  /** Characters in a line of the terminal. */
  columns: number
  paint: Paint
}

export interface Step<T> {
  name: string
  /** `say` shows how far it is. */
  work: (say: (news: string) => void) => Promise<T>
  /** What is shown once it is done. */
  result: (value: T) => string
}

/** Runs work step by step before the eyes of a person who waits. */
export interface Steps {
  run<T>(step: Step<T>): Promise<T>
  /** Leaves the step that is under way as it stands: its work, and what follows it, goes on unseen. */
  abandon(): void
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80
/** Without a terminal, news of the same step come no faster than this. */
const PLAIN_NEWS_MS = 2_000
const NAME_WIDTH = 12

export function createSteps(options: StepsOptions): Steps {
  let current: Line | undefined
  let isAbandoned = false
  return {
    async run({ name, work, result }) {
      if (isAbandoned) return work(() => undefined)
      const startedAt = performance.now()
      const line = options.isTerminal ? createLiveLine(name, options) : createPlainLine(name, options)
      current = line
      const end: Line['end'] = (...how) => !isAbandoned && line.end(...how)
      try {
        const value = await work(line.say)
        const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
        end('✓', 'green', `${result(value)}  ${options.paint('dim', `${seconds} s`)}`)
        return value
      } catch (error) {
        end('✗', 'red', 'failed')
        throw error
      } finally {
        current = undefined
      }
    },
    abandon() {
      isAbandoned = true
      current?.end('–', 'dim', 'interrupted')
    },
  }
}

interface Line {
  say(news: string): void
  end(mark: string, color: 'green' | 'red' | 'dim', text: string): void
}

/** One line, drawn again and again. */
function createLiveLine(name: string, { write, columns, paint }: StepsOptions): Line {
  let news = ''
  let frame = 0
  const draw = (mark: string, text: string) => write(`\r\x1b[2K  ${mark} ${name.padEnd(NAME_WIDTH)}  ${text}`)
  const drawFrame = () => {
    frame = (frame + 1) % FRAMES.length
    // A line that wraps could not be written over.
    const room = Math.max(0, columns - NAME_WIDTH - 7)
    draw(paint('cyan', FRAMES[frame] ?? ''), paint('dim', news.slice(0, room)))
  }
  drawFrame()
  const timer = setInterval(drawFrame, FRAME_MS)
  return {
    say: (text) => void (news = text),
    end(mark, color, text) {
      clearInterval(timer)
      draw(paint(color, mark), `${text}\n`)
    },
  }
}

function createPlainLine(name: string, { write, paint }: StepsOptions): Line {
  let saidAt = -Infinity
  return {
    say(news) {
      const now = performance.now()
      if (now - saidAt < PLAIN_NEWS_MS) return
      saidAt = now
      write(`  · ${name.padEnd(NAME_WIDTH)}  ${news}\n`)
    },
    end: (mark, color, text) => write(`  ${paint(color, mark)} ${name.padEnd(NAME_WIDTH)}  ${text}\n`),
  }
}
