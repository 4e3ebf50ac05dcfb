/**
 * Measures which lines and branches of the core contracts the Solidity tests reach. `npm run coverage:contracts` installs forge from npm into
 * .cache/coverage and takes a minute. Exits 1 for a line or branch that was not reached and that scripts/contractCoverage/unreachable.ts does not explain, and
 * for an explanation that is not needed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FileCoverage, type Gap, type Reached, readLcov } from './contractCoverage/readLcov.ts'
import { runForge } from './contractCoverage/runForge.ts'
import { type Unreachable, unreachable } from './contractCoverage/unreachable.ts'

const root = join(import.meta.dirname, '..')
const core = /^contracts\/(\w+|assurance\/\w+|libraries\/\w+)\.sol$/
const ways: Record<Gap['missing'], string> = { line: 'never runs', branch: 'never taken', else: 'never passed by' }

const sourceOf = (file: string) => readFileSync(join(root, file), 'utf8').split('\n')

/** The gaps of a file that nothing explains, one line of text each. Marks the explanations that were needed. */
function unexplained({ file, gaps }: FileCoverage, needed: Set<Unreachable>): string[] {
  const source = sourceOf(file)
  return gaps.flatMap(({ line, missing }) => {
    const text = source[line - 1]?.trim() ?? ''
    const reason = unreachable.find((entry) => entry.file === file && text.includes(entry.code))
    if (reason === undefined) return [`${file}:${line} ${ways[missing]}: ${text}`]
    needed.add(reason)
    return []
  })
}

function percent({ hit, total }: Reached): string {
  return `${(total === 0 ? 100 : (100 * hit) / total).toFixed(1).padStart(5)} % ${`${hit}/${total}`.padStart(9)}`
}

function main() {
  process.stdout.write('Running the Solidity tests with coverage, a minute.\n')
  const files = readLcov(runForge(), sourceOf).filter(({ file }) => core.test(file))
  const width = Math.max(...files.map(({ file }) => file.length))
  process.stdout.write(`\n${'File'.padEnd(width)}  ${'Lines'.padStart(17)}  ${'Branches'.padStart(17)}\n`)
  for (const { file, lines, branches } of files) {
    process.stdout.write(`${file.padEnd(width)}  ${percent(lines)}  ${percent(branches)}\n`)
  }
  const sum = (part: 'lines' | 'branches'): Reached => ({
    hit: files.reduce((count, file) => count + file[part].hit, 0),
    total: files.reduce((count, file) => count + file[part].total, 0),
  })
  process.stdout.write(`${'All'.padEnd(width)}  ${percent(sum('lines'))}  ${percent(sum('branches'))}\n`)

  const needed = new Set<Unreachable>()
  const missed = files.flatMap((file) => unexplained(file, needed))
  const idle = unreachable.filter((entry) => !needed.has(entry))
  for (const entry of needed) process.stdout.write(`\nExplained: ${entry.file} \`${entry.code}\`: ${entry.why}`)
  const problems = [
    ...missed,
    ...idle.map(({ file, code }) => `${file} \`${code}\` is reached or gone: take it out of unreachable.ts`),
  ]
  process.stdout.write(problems.length === 0 ? '\n' : `\n${problems.join('\n')}\n`)
  if (problems.length > 0) process.exitCode = 1
}

try {
  main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
