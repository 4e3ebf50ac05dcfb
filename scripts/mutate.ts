/**
 * Mutation testing of the market, the worker registry and the proof verifier.
 * `npm run mutate` tries every mutant, in about an hour on 2 cores; `-- --only ProofVerifier --sample 20 --seed 1` a drawn part. Exits 1 below 90 %.
 */
import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { listMutants, type Mutant } from './mutation/mutants.ts'
import { openSuitePool } from './mutation/suitePool.ts'
import { forEachOf } from './mutation/workbench.ts'
import { seededRandom, shuffle } from './seededRandom.ts'

const root = join(import.meta.dirname, '..')
const needed = 0.9

/** What is mutated together, and the Solidity tests that have to notice. */
const groups: Record<string, { files: string[]; tests: string[] }> = {
  WorkerRegistry: { files: ['WorkerRegistry', 'WorkerKeys'], tests: ['Worker*', 'JobMarket.release', 'JobMarket.end'] },
  ProofVerifier: {
    files: ['ProofVerifier', 'libraries/Groth16Batch', 'libraries/Bn254'],
    tests: ['ProofVerifier*', 'Bn254', 'ModelRegistry'],
  },
  JobMarket: {
    files: [
      'JobMarket',
      'MarketState',
      'MarketOrders',
      'MarketViews',
      'MarketAnswers',
      'MarketBatches',
      'MarketExits',
      'MarketExtension',
      'libraries/Prices',
      'libraries/OrderBytes',
      'libraries/CaseList',
      'libraries/Entries',
      'libraries/JobSlot',
      'libraries/Tallies',
    ],
    tests: [
      'JobMarket.*',
      'Prices',
      'OrderBytes',
      'OrderHash',
      'OrderWords',
      'CaseList',
      'Entries',
      'JobSlot',
      'Tallies',
    ],
  },
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      file: { type: 'string' },
      copies: { type: 'string', default: String(Math.max(1, Math.floor(availableParallelism() / 2))) },
    },
  })
  const names = Object.keys(groups).filter((name) => values.only === undefined || values.only === name)
  if (names.length === 0)
    throw new Error(`There is no group ${values.only}; use one of ${Object.keys(groups).join(', ')}.`)
  const pool = openSuitePool(Number(values.copies))
  try {
    for (const name of names) {
      // Keys of the same table.
      const { files, tests } = groups[name] as (typeof groups)[string]
      const paths = files.map((file) => `contracts/${file}.sol`).filter((path) => path.includes(values.file ?? ''))
      const all = paths.flatMap((path) => listMutants(path, readFileSync(join(root, path), 'utf8')))
      const drawn = shuffle([...all], seededRandom(Number(values.seed))).slice(0, Number(values.sample ?? all.length))
      const testFiles = tests.flatMap((test) => globSync(`test/contracts/${test}.t.sol`, { cwd: root }))
      process.stdout.write(`${name}: ${drawn.length} of ${all.length} mutants, ${pool.copies} at a time.\n`)
      const start = Date.now()
      const untouched = await pool.test({ tests: testFiles })
      if (untouched.verdict !== 'survived') throw new Error(`Without a change: ${untouched.failures.join('; ')}.`)
      // A change compiles less than all, so that only an endless loop takes longer.
      const timeoutMs = 2 * (Date.now() - start) + 20_000
      const count = { killed: 0, survived: 0, 'not compiled': 0 }
      await forEachOf(drawn, pool.copies, async (mutant) => {
        const { verdict } = await pool.test({ change: mutant.change, tests: testFiles, timeoutMs })
        count[verdict] += 1
        const tried = count.killed + count.survived + count['not compiled']
        if (tried % 20 === 0) process.stderr.write(`  ${tried} of ${drawn.length} tried, ${count.survived} survived\n`)
        if (verdict === 'survived') process.stdout.write(`  survived  ${describe(mutant)}\n`)
      })
      const score = count.killed / Math.max(1, count.killed + count.survived)
      const rest = `${count['not compiled']} did not compile`
      process.stdout.write(
        `${name}: ${count.killed} killed, ${count.survived} survived, ${rest}: ${(100 * score).toFixed(1)} %\n`,
      )
      if (score < needed) process.exitCode = 1
    }
  } finally {
    pool.close()
  }
}

/** Where a mutant is, what it changes, and the line. */
function describe({ line, operator, from, to, change }: Mutant): string {
  const text = readFileSync(join(root, change.file), 'utf8').split('\n')[line - 1]?.trim()
  const short = (part: string) => part.trim().replace(/\s+/g, ' ').slice(0, 80)
  return `${change.file}:${line}  ${operator}  \`${short(from)}\` → \`${short(to)}\`  in  ${text}`
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
