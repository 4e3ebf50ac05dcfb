import type { MarketClient } from '@assay/sdk/deployment'
import { type Address, type Hex, serializeTransaction, type TestClient } from 'viem'
import { getBlock, getBlockNumber, sendRawTransaction } from 'viem/actions'
import type { Random } from '../../scripts/seededRandom.ts'

/** A transaction of a branch with its signature. */
export type BranchTransaction = { hash: Hex; from: Address; raw: Hex }

/** The transactions in the blocks above a height, oldest first. */
export async function readBranch(client: MarketClient, { above }: { above: number }): Promise<BranchTransaction[]> {
  const head = Number(await getBlockNumber(client, { cacheTime: 0 }))
  const transactions: BranchTransaction[] = []
  for (let number = above + 1; number <= head; number++) {
    const block = await getBlock(client, { blockNumber: BigInt(number), includeTransactions: true })
    for (const { hash, from, input, r, s, yParity, ...rest } of block.transactions) {
      if (rest.type !== 'eip1559' || yParity === undefined) throw new Error(`Transaction ${hash} is not of EIP-1559.`)
      const { to, value, gas, nonce, chainId, maxFeePerGas, maxPriorityFeePerGas, accessList } = rest
      const fields = { to, value, gas, nonce, chainId, maxFeePerGas, maxPriorityFeePerGas, accessList, data: input }
      transactions.push({ hash, from, raw: serializeTransaction({ type: 'eip1559', ...fields }, { r, s, yParity }) })
    }
  }
  return transactions
}

/**
 * Mines another branch that is higher than `height`: the same transactions in another order, as far as their nonces allow, some of them
 * left out and some blocks empty. What is left out nobody sends again but its sender.
 */
export async function rebuildBranch(
  { client, control, random }: { client: MarketClient; control: TestClient<'hardhat'>; random: Random },
  { transactions, height }: { transactions: BranchTransaction[]; height: number },
): Promise<void> {
  const bySender = [...Map.groupBy(transactions, ({ from }) => from).values()]
  // A transaction that is left out keeps all later ones of its sender out.
  const queues = bySender.map((own) => (random() < 0.4 ? own.slice(0, Math.floor(random() * own.length)) : own))
  for (
    let left = queues.filter((queue) => queue.length > 0);
    left.length > 0;
    left = left.filter((queue) => queue.length > 0)
  ) {
    await control.increaseTime({ seconds: 1 + Math.floor(random() * 3) })
    if (random() < 0.3) await control.mine({ blocks: 1 })
    const next = left[Math.floor(random() * left.length)]?.shift()
    // The node mines what reverts, and says so as an error.
    if (next !== undefined) await sendRawTransaction(client, { serializedTransaction: next.raw }).catch(() => undefined)
  }
  while (Number(await getBlockNumber(client, { cacheTime: 0 })) <= height) await control.mine({ blocks: 1 })
}
