import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { workerRegistryAbi } from '@assay/sdk/abi/workerRegistry'
import { type Address, BaseError, decodeErrorResult, type Hex } from 'viem'
import { call } from 'viem/actions'
import { callChain, type MarketChain } from './marketChain.ts'
import { toJson } from './store.ts'

/** What a revert means for a job: it ended or is another's, it may pass, or this worker's call is wrong and stays so. */
export type RevertMeaning = 'over' | 'passing' | 'refused'

const over = ['JobNotInState', 'DeadlinePassed', 'NotAllowedWorker', 'NonceUsed', 'ModelIsDeprecated']
const passing = ['MarketPaused', 'StakeTooLow', 'GasTooLow']

/** Tells what a contract's custom error means for the job; an unknown one is taken for a refusal. */
export function revertMeaning(name: string): RevertMeaning {
  if (over.includes(name)) return 'over'
  return passing.includes(name) ? 'passing' : 'refused'
}

/** Name and arguments of a custom error of the market or the registry, in one line; undefined when the data is none of theirs. */
export function decodeRevert(data: Hex): string | undefined {
  try {
    const { errorName, args } = decodeErrorResult({ abi: [...jobMarketAbi, ...workerRegistryAbi], data })
    const shown = (args ?? []).map((value: unknown) => (typeof value === 'string' ? value : toJson(value)))
    return `${errorName}(${shown.join(', ')})`
  } catch {
    return undefined
  }
}

/**
 * Finds out why a mined transaction reverted, by calling the same on the block before it.
 * @returns the custom error in one line; undefined when the call succeeds there: something before it in its block was in the way
 */
export async function explainRevert(
  { client, account }: MarketChain,
  { to, data, blockNumber }: { to: Address; data: Hex; blockNumber: bigint },
): Promise<string | undefined> {
  try {
    await callChain(() => call(client, { account: account.address, to, data, blockNumber: blockNumber - 1n }))
    return undefined
  } catch (error) {
    const carrier = error instanceof Error && error.cause instanceof BaseError ? error.cause : error
    const found = carrier instanceof BaseError ? carrier.walk((cause) => dataOf(cause) !== undefined) : undefined
    const revert = dataOf(found)
    return revert && (decodeRevert(revert) ?? revert.slice(0, 10))
  }
}

function dataOf(error: unknown): Hex | undefined {
  if (typeof error !== 'object' || error === null || !('data' in error)) return undefined
  const { data } = error
  const inner = typeof data === 'object' && data !== null && 'data' in data ? data.data : data
  // The pattern is narrower than viem's Hex.
  return typeof inner === 'string' && /^0x([0-9a-f]{2}){4,}$/i.test(inner) ? (inner as Hex) : undefined
}
