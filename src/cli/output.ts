/** Where a command's answer goes: one JSON document for programs, lines for people, never both. */
export interface Output {
  show<T>(value: T, toLines: (value: T) => readonly string[]): void
}

export interface OutputOptions {
  json: boolean
  write: (text: string) => void
}

export const createOutput = ({ json, write }: OutputOptions): Output => ({
  show(value, toLines) {
    const lines = json ? [JSON.stringify(value, undefined, 2)] : toLines(value)
    write(lines.map((line) => `${line}\n`).join(''))
  },
})

/** Rows under their headings, columns as wide as their widest cell. `whenEmpty` stands for a table without rows. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], whenEmpty: string): string[] {
  if (rows.length === 0) return [whenEmpty]
  const lines = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
