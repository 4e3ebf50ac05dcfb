import type { MarketClient } from '@assay/sdk/deployment'
import { type Address, type Hash, type Hex, numberToHex } from 'viem'

/** One call of a contract by an account that the local chain itself signs for. */
export type BulkCall = { from: Address; to: Address; data: Hex; gas: bigint; value?: bigint }

/** A call of a batch was refused or reverted; the ones before it stand. */
export class BulkCallError extends Error {
  override readonly name = 'BulkCallError'
  readonly failed: number

  constructor({ failed, of, hash }: { failed: number; of: number; hash: Hash }) {
    super(`${failed} of ${of} transactions of a block reverted, the first of them ${hash}; start a fresh devnet.`)
    this.failed = failed
  }
}

type LocalRequest = (call: { method: string; params: unknown[] }) => Promise<unknown>

/** Blocks of a local chain (Hardhat's or anvil's) that hold many calls each; the chain mines by itself again afterwards. */
export async function sendMany(
  client: MarketClient,
  { calls, perBlock }: { calls: readonly BulkCall[]; perBlock: number },
  onBlock: (sent: number) => void = () => undefined,
): Promise<void> {
  // viem types the methods of public nodes; these are the local chain's own.
  const request = client.request as LocalRequest
  await request({ method: 'evm_setAutomine', params: [false] })
  try {
    for (let at = 0; at < calls.length; at += perBlock) {
      const block = calls.slice(at, at + perBlock)
      const hashes = await Promise.all(
        block.map(async ({ from, to, data, gas, value = 0n }) => {
          const call = { from, to, data, gas: numberToHex(gas), value: numberToHex(value) }
          return (await request({ method: 'eth_sendTransaction', params: [call] })) as Hash
        }),
      )
      await request({ method: 'evm_mine', params: [] })
      await assertMined(request, hashes)
      onBlock(at + block.length)
    }
  } finally {
    await request({ method: 'evm_setAutomine', params: [true] })
  }
}

/** Each call of the market and its registries emits an event; one that reverted emits none. */
async function assertMined(request: LocalRequest, hashes: readonly Hash[]): Promise<void> {
  // The newest block's logs as the node gives them.
  const logs = (await request({ method: 'eth_getLogs', params: [{ fromBlock: 'latest', toBlock: 'latest' }] })) as {
    transactionHash: Hash
  }[]
  const effective = new Set(logs.map(({ transactionHash }) => transactionHash))
  const failed = hashes.filter((hash) => !effective.has(hash))
  const [first] = failed
  if (first) throw new BulkCallError({ failed: failed.length, of: hashes.length, hash: first })
}
