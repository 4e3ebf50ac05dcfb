import { readIf } from './readIf.ts'

/** What tests reached of one file. A gap is a line that never ran, or an `if` that was never taken or never passed by. */
export type FileCoverage = { file: string; lines: Reached; branches: Reached; gaps: Gap[] }

/** How many parts there are, and how many of them were reached. */
export type Reached = { hit: number; total: number }

/** Something that no test reached; `line` counts from 1. */
export type Gap = { line: number; missing: 'line' | 'branch' | 'else' }

type Part = Gap & { hits: number }

/**
 * Reads an lcov report (geninfo(1)) as forge writes it. forge counts an `if` without `else` as one branch; here it counts as two, see {@link branchesOf}.
 * @param sourceOf gives the lines of a file's text
 */
export function readLcov(report: string, sourceOf: (file: string) => string[]): FileCoverage[] {
  return report
    .split('end_of_record')
    .map((record) => record.trim().split('\n'))
    .filter((rows) => rows.some((row) => row.startsWith('SF:')))
    .map((rows) => readRecord(rows, sourceOf))
}

function readRecord(rows: string[], sourceOf: (file: string) => string[]): FileCoverage {
  const values = (tag: string) =>
    rows.filter((row) => row.startsWith(`${tag}:`)).map((row) => row.slice(tag.length + 1).split(','))
  const file = values('SF')[0]?.join(',') ?? ''
  const lines: Part[] = values('DA').map(([line, hits]) => ({
    line: Number(line),
    hits: Number(hits),
    missing: 'line',
  }))
  const lineHits = new Map(lines.map(({ line, hits }) => [line, hits]))
  const taken = values('BRDA').map(([line, id = '', , hits]) => ({
    line: Number(line),
    id,
    hits: hits === '-' ? 0 : Number(hits),
  }))
  const source = taken.length === 0 ? [] : sourceOf(file)
  const branches = taken.flatMap(({ line, id, hits }) => {
    const alone = taken.filter((other) => other.id === id).length === 1
    return alone ? branchesOf({ line, hits }, { source, lineHits }) : [{ line, hits, missing: 'branch' as const }]
  })

  const gaps = [...lines, ...branches].filter(({ hits }) => hits <= 0).sort((a, b) => a.line - b.line)
  return {
    file,
    lines: countReached(lines),
    branches: countReached(branches),
    gaps: gaps.map(({ line, missing }) => ({ line, missing })),
  }
}

function countReached(parts: Part[]): Reached {
  return { hit: parts.filter(({ hits }) => hits > 0).length, total: parts.length }
}

/**
 * Both ways through an `if` without `else`, from the hits of its condition and of the statement behind it. forge itself is wrong in two cases: the branch
 * of a body that is nothing but `return;` or `continue;` has the hits of the condition, and a condition that is nothing but a stored flag has the hits of
 * its body.
 */
function branchesOf(
  { line, hits }: { line: number; hits: number },
  { source, lineHits }: { source: string[]; lineHits: Map<number, number> },
): Part[] {
  const found = readIf(source, line)
  if (found === undefined) return [{ line, hits, missing: 'branch' }]
  const { first, next, body } = found
  const condition = lineHits.get(first) ?? lineHits.get(first + 1) ?? 0
  const behind = next === undefined ? undefined : lineHits.get(next)
  const taken = body === 'bare' && behind !== undefined && condition >= behind ? condition - behind : hits
  const passed = body === 'stays' || behind === undefined ? Math.max(condition, behind ?? 0) - hits : behind
  return [
    { line, hits: taken, missing: 'branch' },
    { line, hits: passed, missing: 'else' },
  ]
}
