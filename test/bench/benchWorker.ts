// Program: measures the worker against what is asked of it.
//   npm run bench:worker -- [--only <part>[,<part>…]] [--rounds <n>] [--jobs <n>] [--json <file>]
// Parts: sandbox, inference, content, ready, claim, loop, throughput, memory. Prints one table; nothing is judged but what it says.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildDaemon } from '@assay/worker/buildDaemon'
import { describeMachine } from '../../scripts/benchPeers/peerReport.ts'
import { type BenchMarket, startBenchMarket } from './benchMarket.ts'
import { type BenchRow, isReached, tableOf } from './benchRow.ts'
import { claimRows } from './claimRows.ts'
import { contentRows } from './contentRows.ts'
import { loopRows } from './loopRows.ts'
import { memoryRows } from './memoryRows.ts'
import { readyRows } from './readyRows.ts'
import { inferenceRows, sandboxRows } from './sandboxRows.ts'
import { throughputRows } from './throughputRows.ts'

type Context = { folder: string; rounds: number; jobs: number; market: () => Promise<BenchMarket> }

const parts: Record<string, (context: Context) => Promise<BenchRow[]>> = {
  sandbox: ({ folder, rounds }) => sandboxRows(folder, rounds),
  inference: ({ folder, rounds }) => inferenceRows(folder, rounds),
  content: ({ folder }) => contentRows(folder, 5),
  ready: async ({ market }) => readyRows(await market(), 7),
  claim: async ({ market, rounds }) => claimRows(await market(), rounds),
  loop: async ({ market }) => loopRows(await market(), 60),
  throughput: async ({ market, rounds }) => throughputRows(await market(), 5 * rounds),
  memory: async ({ market, jobs }) => memoryRows(await market(), jobs),
}

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: Object.keys(parts).join(',') },
      rounds: { type: 'string', default: '30' },
      jobs: { type: 'string', default: '1000' },
      json: { type: 'string' },
    },
  })
  const chosen = values.only.split(',').map((name) => {
    const part = parts[name]
    if (part === undefined) throw new Error(`There is no part "${name}"; choose from ${Object.keys(parts).join(', ')}.`)
    return { name, part }
  })
  const machine = describeMachine()
  // As docs/operator.md has it installed.
  await buildDaemon()
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  let started: Promise<BenchMarket> | undefined
  const context: Context = {
    folder,
    rounds: numberOf('--rounds', values.rounds),
    jobs: numberOf('--jobs', values.jobs),
    market: () => {
      started ??= startBenchMarket()
      return started
    },
  }
  const rows: BenchRow[] = []
  try {
    for (const { name, part } of chosen) {
      console.error(`Measuring ${name} …`)
      rows.push(...(await part(context)))
    }
  } finally {
    await (await started?.catch(() => undefined))?.close()
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(`On ${machine}.\n\n${tableOf(rows)}`)
  if (values.json !== undefined) {
    const judged = rows.map((row) => ({ ...row, reached: isReached(row) }))
    writeFileSync(values.json, `${JSON.stringify({ machine, rows: judged }, null, 2)}\n`)
  }
}

function numberOf(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} is "${text}"; give a whole number from 1 on.`)
  return value
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
