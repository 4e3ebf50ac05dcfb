import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { orderDefaults } from '@assay/sdk/buildOrder'
import { addressIn, connectNetwork, type Network } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { findNonce } from '@assay/sdk/findNonce'
import { getTime } from '@assay/sdk/getTime'
import { encodeOptimisticTerms } from '@assay/sdk/optimisticTerms'
import { hashOrder, type JobOrder } from '@assay/sdk/order'
import { signAnswer } from '@assay/sdk/signAnswer'
import { type Address, encodeFunctionData, type Hex, keccak256, parseEther, stringToHex, zeroAddress } from 'viem'
import { seededRandom } from '../seededRandom.ts'
import type { BulkCall } from './sendMany.ts'

/** Accounts of the local chain that ask, by their index, and the one that answers. */
const requesters = [10, 11, 12, 13, 14, 15, 16, 17]
/** Index of the account that answers the seeded jobs; it has to be registered as a worker. */
export const answererIndex = 18

const price = parseEther('0.003')
const bond = parseEther('0.0001')
const windowSeconds = 60
const defenceSeconds = 300

/** Orders of jobs that only the seed's own worker may claim, so that no worker of the devnet looks at them. */
export async function seedOrders(
  network: Network,
  { count, modelIds, seed }: { count: number; modelIds: readonly Hex[]; seed: number },
): Promise<JobOrder[]> {
  const client = connectNetwork(network)
  const random = seededRandom(seed)
  const accounts = requesters.map((index) => developmentAccount({ chainId: network.chainId, index }).address)
  const nonces = await Promise.all(accounts.map((requester) => findNonce(client, { deployment: network, requester })))
  const now = await getTime(client)
  const allowedWorker = developmentAccount({ chainId: network.chainId, index: answererIndex }).address
  return Array.from({ length: count }, (_, index) => {
    const own = index % accounts.length
    // Some models are asked often and most seldom.
    const modelId = modelIds[Math.floor(random() ** 3 * modelIds.length)] ?? modelIds[0]
    const requester = accounts[own]
    if (!modelId || !requester) throw new Error('There is no model or no account to seed with.')
    return orderOf(network, {
      allowedWorker,
      requester,
      modelId,
      now,
      index,
      nonce: (nonces[own] ?? 0n) + BigInt(Math.floor(index / accounts.length)),
    })
  })
}

function orderOf(
  network: Network,
  {
    requester,
    modelId,
    now,
    index,
    nonce,
    allowedWorker,
  }: { requester: Address; modelId: Hex; now: number; index: number; nonce: bigint; allowedWorker: Address },
): JobOrder {
  const { claimSeconds, rampSeconds, maxFeeBps } = { ...orderDefaults, claimSeconds: 86_400 }
  const proveSeconds = 86_400
  return {
    ...{ requester, modelId, nonce, token: zeroAddress, minPrice: (price * 2n) / 3n, maxPrice: price, bond, maxFeeBps },
    ...{ rampStart: now, rampSeconds, claimDeadline: now + claimSeconds, proveSeconds },
    finalDeadline: now + claimSeconds + 2 * proveSeconds + windowSeconds + defenceSeconds,
    ...{ inputCommitment: BigInt(index + 1), minContributions: 0, callback: zeroAddress, callbackGas: 0 },
    inputRoot: keccak256(stringToHex(`seeded input ${index}`)),
    inputCid: keccak256(stringToHex(`seeded content ${index}`)),
    assurance: addressIn(network, 'optimisticAssurance'),
    assuranceData: encodeOptimisticTerms({ windowSeconds, defenceSeconds, challengeBond: parseEther('0.1') }),
    allowedWorker,
  }
}

const callOf = (network: Network, from: Address, rest: { data: Hex; gas: bigint; value?: bigint }): BulkCall => ({
  from,
  to: network.addresses.jobMarket,
  ...rest,
})

/** The calls that request the jobs. */
export function requestCalls(network: Network, orders: readonly JobOrder[]): BulkCall[] {
  return orders.map((order) =>
    callOf(network, order.requester, {
      data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'requestJob', args: [order] }),
      value: order.maxPrice,
      gas: 250_000n,
    }),
  )
}

/** The calls by which requesters withdraw their jobs. */
export function cancelCalls(network: Network, orders: readonly JobOrder[]): BulkCall[] {
  return orders.map((order) =>
    callOf(network, order.requester, {
      data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'cancelJob', args: [order] }),
      gas: 200_000n,
    }),
  )
}

/** The calls by which the seed's worker claims jobs and answers them, and after the window those that settle them. */
export async function answerCalls(
  network: Network,
  orders: readonly JobOrder[],
): Promise<{ claims: BulkCall[]; answers: BulkCall[]; settlements: BulkCall[] }> {
  const account = developmentAccount({ chainId: network.chainId, index: answererIndex })
  const client = connectNetwork(network, account)
  const claims: BulkCall[] = []
  const answers: BulkCall[] = []
  const settlements: BulkCall[] = []
  for (const [index, order] of orders.entries()) {
    const outputs = [BigInt(index)]
    const jobId = hashOrder(order, network)
    const evidence = await signAnswer(client, { assurance: order.assurance, jobId, worker: account.address, outputs })
    const encode = (functionName: 'claimJob' | 'submitResult' | 'finalizeJob') => {
      const abi = jobMarketAbi
      if (functionName === 'claimJob') return encodeFunctionData({ abi, functionName, args: [order] })
      if (functionName === 'finalizeJob') return encodeFunctionData({ abi, functionName, args: [order, outputs] })
      return encodeFunctionData({ abi, functionName, args: [order, { outputs, evidence }] })
    }
    claims.push(callOf(network, account.address, { data: encode('claimJob'), gas: 300_000n }))
    answers.push(callOf(network, account.address, { data: encode('submitResult'), gas: 300_000n }))
    settlements.push(callOf(network, account.address, { data: encode('finalizeJob'), gas: 400_000n }))
  }
  return { claims, answers, settlements }
}

/** How long an answer of the seed's waits before it can be settled. */
export const answerWindowSeconds = windowSeconds
