import { stripVTControlCharacters } from 'node:util'

/** Where a command writes: results to standard output, progress and failures to standard error. */
export type Output = {
  /** For machines: one JSON document instead of tables. */
  json: boolean
  /** Prints a result: the value as JSON, or the text for a person. */
  result: (value: unknown, text: string) => void
  /** A line about work in progress; nothing reads it. */
  progress: (line: string) => void
}

/** Output to the process's own streams. */
export function createOutput(json: boolean): Output {
  return {
    json,
    result: (value, text) => process.stdout.write(`${json ? toJson(value) : text}\n`),
    progress: (line) => process.stderr.write(`${line}\n`),
  }
}

/** JSON with bigints as decimal text and typed arrays as arrays. */
export function toJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, member: unknown) => {
      if (typeof member === 'bigint') return member.toString()
      if (member instanceof Int32Array || member instanceof Float32Array) return [...member]
      return member
    },
    2,
  )
}

/** Rows under headings, columns aligned. What comes from outside is stripped of control characters. */
export function table(headings: string[], rows: string[][]): string {
  const cells = [headings, ...rows].map((row) => row.map(clean))
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Names and values, one pair a line. */
export function facts(pairs: [string, string][]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${clean(value)}`).join('\n')
}

/** Text from a manifest or a chain must not move a terminal's cursor. */
export function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}
