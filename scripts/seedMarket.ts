// Program: fills a running devnet with models and jobs, many to a block, to see how long lists behave.
//   node scripts/seedMarket.ts [--network .devnet/network.json] [--models 500] [--jobs 10000] [--per-block 50] [--seed 1]
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { connectNetwork, type MarketClient, parseNetwork } from '@assay/sdk/deployment'
import { ChainNotLocalError, developmentAccount, localChainIds } from '@assay/sdk/developmentAccounts'
import { explainError } from '@assay/sdk/errors'
import { getWorker } from '@assay/sdk/getWorker'
import { registerWorker } from '@assay/sdk/registerWorker'
import { parseEther } from 'viem'
import {
  answerCalls,
  answererIndex,
  answerWindowSeconds,
  cancelCalls,
  requestCalls,
  seedOrders,
} from './seedMarket/seedJobs.ts'
import { seedModels } from './seedMarket/seedModels.ts'
import { type BulkCall, sendMany } from './seedMarket/sendMany.ts'

/** One job in so many is answered and settled, and one in so many is withdrawn; the others stay open. */
const settledEvery = 20
const cancelledEvery = 2

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      network: { type: 'string', default: '.devnet/network.json' },
      models: { type: 'string', default: '500' },
      jobs: { type: 'string', default: '10000' },
      'per-block': { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
    },
  })
  const network = parseNetwork(JSON.parse(readFileSync(values.network, 'utf8')))
  if (!localChainIds.includes(network.chainId)) {
    throw new ChainNotLocalError({ chainId: network.chainId, what: 'a market full of made-up models' })
  }
  const client = connectNetwork(network)
  const perBlock = Number(values['per-block'])
  const send = (what: string, calls: readonly BulkCall[], most = perBlock) =>
    sendTimed(client, { what, calls, perBlock: most })

  const { calls, modelIds } = await seedModels(network, { count: Number(values.models) })
  // A registration checks three pairings, so fewer fit into a block.
  await send('models', calls, Math.min(perBlock, 10))

  const answerer = developmentAccount({ chainId: network.chainId, index: answererIndex })
  if (!(await getWorker(client, { deployment: network, operator: answerer.address }))) {
    await registerWorker(connectNetwork(network, answerer), { deployment: network, stake: parseEther('100') })
  }
  const orders = await seedOrders(network, { count: Number(values.jobs), modelIds, seed: Number(values.seed) })
  await send('requests', requestCalls(network, orders))
  const settled = orders.filter((_, index) => index % settledEvery === 1)
  await send(
    'cancellations',
    cancelCalls(
      network,
      orders.filter((_, index) => index % cancelledEvery === 0),
    ),
  )
  const { claims, answers, settlements } = await answerCalls(network, settled)
  await send('claims', claims)
  await send('answers', answers)
  await client.request<{ Method: 'evm_increaseTime'; Parameters: [number]; ReturnType: string }>({
    method: 'evm_increaseTime',
    params: [answerWindowSeconds + 1],
  })
  await send('settlements', settlements)
}

async function sendTimed(
  client: MarketClient,
  { what, calls, perBlock }: { what: string; calls: readonly BulkCall[]; perBlock: number },
): Promise<void> {
  const started = performance.now()
  await sendMany(client, { calls, perBlock })
  const seconds = (performance.now() - started) / 1000
  process.stdout.write(`${calls.length} ${what} in ${seconds.toFixed(1)} s\n`)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${explainError(error)}\n`)
  process.exitCode = 1
}
