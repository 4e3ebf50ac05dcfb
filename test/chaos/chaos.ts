// Program: the worker under faults of every kind, on a real local chain; after each scenario chain and store are audited.
//   node test/chaos/chaos.ts [--profile short|full] [--only <scenario>[,<scenario>…]] [--seed <number>]
// Prints `N passing`, `N failing` and `N pending` as the test runners do; exit code 1 when something failed.
import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../scripts/seededRandom.ts'
import { type ChaosMarket, startChaosMarket } from './chaosMarket.ts'
import { misbehaved } from './jobStream.ts'
import type { Profile, Scenario, ScenarioResult, ScenarioWorld } from './scenario.ts'
import { clockSkew } from './scenarios/clockSkew.ts'
import { contentFaults } from './scenarios/contentFaults.ts'
import { diskFull } from './scenarios/diskFull.ts'
import { killWorker } from './scenarios/killWorker.ts'
import { pausedWorker } from './scenarios/pausedWorker.ts'
import { redisLost } from './scenarios/redisLost.ts'
import { reorgs } from './scenarios/reorgs.ts'
import { rpcFaults } from './scenarios/rpcFaults.ts'

const root = resolve(import.meta.dirname, '../..')
const scenarios: readonly Scenario[] = [
  killWorker,
  reorgs,
  rpcFaults,
  contentFaults,
  redisLost,
  diskFull,
  clockSkew,
  pausedWorker,
]

/** The command line is not understood. */
class UsageError extends Error {
  override readonly name = 'UsageError'

  constructor(fact: string) {
    const names = scenarios.map(({ name }) => name).join(', ')
    super(
      `${fact} Usage: npm run chaos -- [--profile short|full] [--only <scenario>[,…]] [--seed <number>]; scenarios: ${names}.`,
    )
  }
}

type Options = { profile: Profile; seed: number; chosen: Scenario[] }

function parseOptions(args: string[]) {
  const options = {
    profile: { type: 'string', default: 'full' },
    only: { type: 'string' },
    seed: { type: 'string' },
  } as const
  try {
    return parseArgs({ args, options }).values
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause))
  }
}

function readArguments(args: string[]): Options {
  const { profile, only, seed = `${randomInt(2 ** 31)}` } = parseOptions(args)
  if (profile !== 'short' && profile !== 'full') throw new UsageError(`There is no profile ${JSON.stringify(profile)}.`)
  if (!/^\d{1,9}$|^[12]\d{9}$/.test(seed))
    throw new UsageError(`The seed ${JSON.stringify(seed)} is no whole number below 2^31.`)
  const names = only?.split(',') ?? scenarios.map(({ name }) => name)
  const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name))
  if (unknown !== undefined) throw new UsageError(`There is no scenario ${JSON.stringify(unknown)}.`)
  return { profile, seed: Number(seed), chosen: scenarios.filter(({ name }) => names.includes(name)) }
}

/** Choices of a scenario follow from the seed and its name, so that it makes the same ones when it is run alone. */
function randomOf(seed: number, name: string) {
  return seededRandom([...name].reduce((mixed, letter) => Math.imul(mixed, 31) + letter.charCodeAt(0), seed))
}

/** Runs a scenario; one that cannot go on has failed. */
async function runOne(scenario: Scenario, world: ScenarioWorld): Promise<ScenarioResult & { seconds: number }> {
  const started = performance.now()
  const result = await scenario.run(world).catch((error: unknown): ScenarioResult => {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { figures: {}, findings: [misbehaved(detail)] }
  })
  world.market.endWorkers()
  return { ...result, seconds: (performance.now() - started) / 1000 }
}

function describe({ name, about }: Scenario, result: ScenarioResult & { seconds: number }): string {
  if ('skipped' in result) return `  - ${name}: skipped, ${result.skipped}`
  const figures = Object.entries(result.figures).map(([what, count]) => `${what} ${count}`)
  const mark = result.findings.length === 0 ? '✔' : '✖'
  const lines = [`  ${mark} ${name}: ${about} (${[...figures, `${result.seconds.toFixed(0)} s`].join(', ')})`]
  return [...lines, ...result.findings.map(({ kind, detail }) => `      ${kind}: ${detail}`)].join('\n')
}

/** Writes down what the workers logged. */
function keepLog(market: ChaosMarket, { name, seed }: { name: string; seed: number }): string {
  const folder = join(root, '.cache/chaos')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}-${seed}.jsonl`)
  const lines = market.log().map((line) => `${JSON.stringify(line)}\n`)
  writeFileSync(file, lines.join(''))
  return file
}

/** @returns whether nothing failed */
async function main({ profile, seed, chosen }: Options): Promise<boolean> {
  process.stdout.write(`seed ${seed}\n`)
  const market = await startChaosMarket(join(root, '.cache/setup'))
  const counts = { passing: 0, failing: 0, pending: 0 }
  try {
    for (const scenario of chosen) {
      const { name } = scenario
      const result = await runOne(scenario, { market, random: randomOf(seed, name), profile })
      process.stdout.write(`${describe(scenario, result)}\n`)
      if ('skipped' in result) counts.pending += 1
      else if (result.findings.length === 0) counts.passing += 1
      else {
        counts.failing += 1
        const again = `npm run chaos -- --profile ${profile} --seed ${seed} --only ${name}`
        const log = keepLog(market, { name, seed })
        process.stdout.write(`      seed ${seed}; again with: ${again}\n      what the workers logged: ${log}\n`)
      }
    }
  } finally {
    await market.stop()
  }
  for (const [word, count] of Object.entries(counts)) process.stdout.write(`${count} ${word}\n`)
  return counts.failing === 0
}

// What was started and mounted is cleaned up at the exit, whatever causes it.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => process.exit(130))
try {
  process.exit((await main(readArguments(process.argv.slice(2)))) ? 0 : 1)
} catch (error) {
  const isUsage = error instanceof UsageError || !(error instanceof Error)
  process.stderr.write(`${isUsage ? String(error).replace(/^UsageError: /, '') : error.stack}\n`)
  process.exit(1)
}
