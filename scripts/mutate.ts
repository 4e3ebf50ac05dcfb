/**
 * Mutation testing of the market, the worker registry and the proof verifier.
 * `npm run mutate` tries every mutant, which takes hours; `-- --only ProofVerifier --sample 20 --seed 1` a drawn part. Exits 1 below 90 %.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { listMutants } from './mutation/mutants.ts'
import { forEachOf, openWorkbench } from './mutation/workbench.ts'
import { seededRandom, shuffle } from './seededRandom.ts'

const root = join(import.meta.dirname, '..')
const needed = 0.9

/** What is mutated together, and the Solidity tests that have to notice. */
const groups: Record<string, { files: string[]; tests: string[] }> = {
  JobMarket: {
    files: [
      'JobMarket',
      'MarketState',
      'MarketAnswers',
      'MarketBatches',
      'MarketExits',
      'libraries/Prices',
      'libraries/OrderBytes',
    ],
    tests: ['JobMarket.*', 'Prices', 'OrderBytes', 'OrderHash'],
  },
  WorkerRegistry: { files: ['WorkerRegistry', 'WorkerKeys'], tests: ['Worker*', 'JobMarket.release', 'JobMarket.end'] },
  ProofVerifier: {
    files: ['ProofVerifier', 'libraries/Groth16Batch', 'libraries/Bn254'],
    tests: ['ProofVerifier*', 'ModelRegistry'],
  },
}

async function main() {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, sample: { type: 'string' }, seed: { type: 'string', default: '1' } },
  })
  const names = Object.keys(groups).filter((name) => values.only === undefined || values.only === name)
  if (names.length === 0)
    throw new Error(`There is no group ${values.only}; use one of ${Object.keys(groups).join(', ')}.`)
  const workbench = openWorkbench()
  try {
    for (const name of names) {
      // Keys of the same table.
      const { files, tests } = groups[name] as (typeof groups)[string]
      const paths = files.map((file) => `contracts/${file}.sol`)
      const all = paths.flatMap((path) => listMutants(path, readFileSync(join(root, path), 'utf8')))
      const drawn = shuffle([...all], seededRandom(Number(values.seed))).slice(0, Number(values.sample ?? all.length))
      const testFiles = tests.flatMap((test) => globSync(`test/contracts/${test}.t.sol`, { cwd: root }))
      process.stdout.write(`${name}: ${drawn.length} of ${all.length} mutants, ${workbench.copies} at a time.\n`)
      const count = { killed: 0, survived: 0, 'not compiled': 0 }
      await forEachOf(drawn, workbench.copies, async ({ line, operator, change }) => {
        const { verdict } = await workbench.test([change], { tests: testFiles })
        count[verdict] += 1
        if (verdict !== 'survived') return
        const text = readFileSync(join(root, change.file), 'utf8').split('\n')[line - 1]?.trim()
        process.stdout.write(`  survived  ${change.file}:${line}  ${operator}  ${text}\n`)
      })
      const score = count.killed / Math.max(1, count.killed + count.survived)
      const rest = `${count['not compiled']} did not compile`
      process.stdout.write(
        `${name}: ${count.killed} killed, ${count.survived} survived, ${rest}: ${(100 * score).toFixed(1)} %\n`,
      )
      if (score < needed) process.exitCode = 1
    }
  } finally {
    workbench.close()
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
