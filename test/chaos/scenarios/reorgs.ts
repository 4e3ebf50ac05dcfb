import { setTimeout as sleep } from 'node:timers/promises'
import { claimJob } from '@assay/sdk/claimJob'
import { getJob } from '@assay/sdk/getJob'
import { registerWorker } from '@assay/sdk/registerWorker'
import { type Hex, zeroAddress } from 'viem'
import { getBlock, getBlockNumber } from 'viem/actions'
import { readStoreRows } from '../auditStore.ts'
import { startChainProxy } from '../chainProxy.ts'
import { type ChaosWorker, workerStake } from '../chaosMarket.ts'
import { openJobStream } from '../jobStream.ts'
import { readBranch, rebuildBranch } from '../rebuildBranch.ts'
import type { Scenario } from '../scenario.ts'

/** How deep each reorganisation is, at least; transactions of the worker make some deeper. */
const shortDepths = [3, 64, 12]
const fullRounds = 30
const deepest = 64
/** Below this depth the worker may go on sending until the branch is gone without exceeding the deepest. */
const quietAbove = 50
const competitor = 5

/**
 * Replaces the last blocks by others: with the same transactions in another order, with some of them missing, and with another worker's
 * claim before this worker's. Half of them happen in one moment, half while the worker looks on.
 */
export const reorgs: Scenario = {
  name: 'reorg',
  about: 'reorganisations to depth 64, transactions in another order or left out',
  run: async (world) => {
    const { market, random, profile } = world
    const { chain, control, network } = market
    const client = chain.clientOf(0)
    const rival = chain.clientOf(competitor)
    await registerWorker(rival, { deployment: network, stake: workerStake })
    const worker = await market.addWorker()
    const stream = openJobStream(world, worker)
    const proxy = await startChainProxy({ target: chain.rpcUrl, random })
    const daemon = worker.start({ ASSAY_WORKER_CHAIN_RPC_URLS: proxy.url })
    await daemon.waitFor(({ msg, dependency }) => msg === 'dependency changed' && dependency === 'account')
    const depths =
      profile === 'short'
        ? shortDepths
        : [...Array.from({ length: fullRounds - 1 }, () => 1 + Math.floor(random() * deepest)), deepest]
    const reorged = new Set<Hex>()
    const taken = new Set<Hex>()
    const height = async () => Number(await getBlockNumber(client, { cacheTime: 0 }))
    let deepestSeen = 0

    for (const depth of depths) {
      await stream.topUp(1 + taken.size)
      const contested = await stream.request({ allowedWorker: zeroAddress })
      const snapshot = await control.snapshot()
      const fork = await height()
      const lines = daemon.lines.length
      if (random() < 0.7) await stream.request()
      if (depth > quietAbove) await stream.drain(daemon, { count: 0, except: taken })
      else await sleep(random() * 3000)
      while ((await height()) - fork < depth) await control.mine({ blocks: 1 })
      await storeAtHead(worker)

      const release = proxy.hold()
      const old = await height()
      deepestSeen = Math.max(deepestSeen, old - fork)
      const transactions = await readBranch(client, { above: fork })
      await control.revert({ id: snapshot })
      if (random() < 0.5) release()
      if (random() < 0.3) {
        const { order } = await getJob(client, { deployment: network, jobId: contested })
        await claimJob(rival, { deployment: network, order }).then(
          () => taken.add(contested),
          () => undefined,
        )
      }
      await rebuildBranch({ client, control, random }, { transactions, height: old })
      release()
      await storeAtHead(worker)
      for (const { hash } of transactions) reorged.add(hash)
      // What was signed before the worker had read the new branch rests on the old one.
      for (const { msg, hash } of daemon.lines.slice(lines)) if (msg === 'transaction stored') reorged.add(hash as Hex)
    }
    await stream.drain(daemon, { count: 0, except: taken })

    const findings = await stream.finish(daemon, { reorged, unclaimed: taken })
    await proxy.close()
    const figures = { reorgs: depths.length, deepest: deepestSeen, jobs: stream.jobs().length, lostToRival: taken.size }
    return { figures, findings }

    async function storeAtHead({ dataDir }: ChaosWorker): Promise<void> {
      for (let look = 0; look < 100; look++, await sleep(100)) {
        const { hash } = await getBlock(client, { blockTag: 'latest' })
        if (readStoreRows(dataDir).ring.at(-1)?.hash === hash) return
      }
    }
  },
}
