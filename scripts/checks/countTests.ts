import { stripVTControlCharacters } from 'node:util'

/** What a runner found; a skipped test neither passed nor failed. */
export type Counts = { passed: number; failed: number; skipped: number }

/** A count, and what each failure said, as far as the runner lists them. */
export type ListedCounts = Counts & { failures: string[] }

/** The runner's output holds no count that can be read. */
export class CountUnreadableError extends Error {
  override readonly name = 'CountUnreadableError'

  constructor(runner: string) {
    super(`The output of ${runner} does not say how many tests passed; its format has changed.`)
  }
}

/**
 * Reads the summary that Hardhat's runners print, mocha's and the Solidity one: `12 passing (3s)`, `1 failing`, `2 pending`, and the list of
 * failures behind it.
 * @throws CountUnreadableError
 */
export function countHardhat(output: string): ListedCounts {
  const text = stripVTControlCharacters(output)
  const last = (word: string) => {
    const lines = Array.from(text.matchAll(new RegExp(`^\\s*(\\d+) ${word}\\b`, 'gm')))
    return lines.length === 0 ? undefined : Number(lines.at(-1)?.[1])
  }
  const [passed, failed] = [last('passing'), last('failing')]
  if (passed === undefined && failed === undefined) throw new CountUnreadableError('Hardhat')
  const skipped = (last('pending') ?? 0) + (last('skipped') ?? 0)
  return { passed: passed ?? 0, failed: failed ?? 0, skipped, failures: listedFailures(text) }
}

/** `  1) what failed`, its error and stack; each call of a sequence that broke an invariant is one line, since it may have many. */
function listedFailures(text: string): string[] {
  const [, list = ''] = text.split(/^\s*\d+ failing\b.*$(?![\s\S]*^\s*\d+ failing\b)/m)
  const failures = list.split(/^ {2}\d+\) /m).slice(1)
  const call = /^ *Counterexample:\n(?: {6}(?!signature).*\n)* {6}signature: (.*)\n {6}args: (.*)$/gm
  return failures.map((failure) => failure.replaceAll(call, '    $1 of $2').trimEnd())
}

/**
 * Reads what nodeTestReporter.ts wrote.
 * @throws CountUnreadableError
 */
export function countNode(report: string): ListedCounts {
  try {
    const { passed, failed, skipped, failures }: Partial<ListedCounts> = JSON.parse(report)
    if (passed !== undefined && failed !== undefined && skipped !== undefined && failures !== undefined)
      return { passed, failed, skipped, failures }
  } catch {
    // Falls through: a report that is no JSON was cut short.
  }
  throw new CountUnreadableError('node --test')
}
