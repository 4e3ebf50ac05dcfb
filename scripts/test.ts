// Program behind `npm test`: every check of the repository, two stages at a time. Its last line is `N passed, N failed`.
//   npm test -- [--list] [--only <stage>[,<stage>…]]
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { runStage, type StageResult } from './checks/runStage.ts'
import { runStages } from './checks/runStages.ts'
import { type Stage, stages } from './checks/stages.ts'

/** The command line is not understood. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

function readArguments(args: string[]): { list: boolean; chosen: Stage[] } {
  try {
    const { values } = parseArgs({ args, options: { list: { type: 'boolean' }, only: { type: 'string' } } })
    return { list: values.list ?? false, chosen: choose(values.only?.split(',') ?? stages.map(({ name }) => name)) }
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new UsageError(`${cause.message.split('.')[0]}. Usage: npm test -- [--list] [--only <stage>[,<stage>…]]`)
  }
}

/** The named stages and those whose results they read, in the order of all stages. */
function choose(names: string[]): Stage[] {
  const unknown = names.find((name) => !stages.some((stage) => stage.name === name))
  if (unknown !== undefined) {
    const known = stages.map((stage) => stage.name).join(', ')
    throw new UsageError(`There is no stage ${JSON.stringify(unknown)}; choose from ${known}.`)
  }
  const needed = new Set(names.flatMap((name) => [name, ...(stages.find((stage) => stage.name === name)?.needs ?? [])]))
  return stages.filter(({ name }) => needed.has(name))
}

function resultTable(results: StageResult[]): string {
  const heading = ['Stage', 'Passed', 'Failed', 'Skipped', 'Seconds']
  const rows = results.map(({ name, passed, failed, skipped, seconds }) =>
    [name, passed, failed, skipped, seconds.toFixed(1)].map(String),
  )
  const widths = heading.map((_, column) => Math.max(...[heading, ...rows].map((row) => row[column]?.length ?? 0)))
  const lines = [heading, ...rows].map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
  const problems = results.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`))
  return [...lines, ...(problems.length === 0 ? [] : ['', ...problems])].join('\n')
}

async function main(signal: AbortSignal): Promise<void> {
  const { list, chosen } = readArguments(process.argv.slice(2))
  if (list) {
    for (const { name, about } of stages) process.stdout.write(`${name.padEnd(12)} ${about}\n`)
    return
  }
  const root = path.resolve(import.meta.dirname, '..')
  const print = (text: string) => process.stdout.write(text)
  const runOne = (stage: Stage, write: (text: string) => void) => {
    write(`\n── ${chosen.indexOf(stage) + 1}/${chosen.length} ${stage.name}: ${stage.about}\n\n`)
    return runStage(stage, { root, write, signal })
  }
  // Most stages keep one core busy, or wait: two at once use two.
  const results = await runStages(chosen, Math.min(2, availableParallelism()), runOne, print)
  const passed = results.reduce((sum, result) => sum + result.passed, 0)
  const failed = results.reduce((sum, result) => sum + result.failed, 0)
  process.stdout.write(`\n${resultTable(results)}\n\n${passed} passed, ${failed} failed\n`)
  if (failed > 0) process.exitCode = 1
}

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => interrupted.abort(new UsageError(`Interrupted by ${name}; the checks are not complete.`)))
}
try {
  await main(interrupted.signal)
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? error.message : String(error)}\n`)
  process.exitCode = 1
}
