import { type Address, type Hex, isAddressEqual, zeroAddress, zeroHash } from 'viem'
import { readContract } from 'viem/actions'
import { quorumAssuranceAbi } from './abi/quorumAssurance.ts'
import type { MarketClient } from './deployment.ts'
import type { JobOrder } from './order.ts'
import { decodeQuorumTerms } from './quorumTerms.ts'

/** One of the different answers that an arbitrator chooses among: its hash, and the workers that gave it. Ruling `i` stands for entry `i - 1`. */
export type ArbitratedAnswer = { hash: Hex; workers: Address[] }

/** What decides a job whose workers do not agree: the arbitrator, its price in wei, and its choices. */
export type Arbitration = {
  arbitrator: Address
  cost: bigint
  answers: ArbitratedAnswer[]
  /** Whether it has ruled, and which answer it found right, if one of them. */
  decided: boolean
  ruled?: Hex
}

// The part of ERC-792 that is read of an arbitrator; see contracts/interfaces/IArbitrator.sol.
const arbitratorAbi = [
  {
    type: 'function',
    name: 'arbitrationCost',
    stateMutability: 'view',
    inputs: [{ name: 'extraData', type: 'bytes' }],
    outputs: [{ name: 'cost', type: 'uint256' }],
  },
] as const

/**
 * Reads who decides a job under the assurance `quorum` when its workers do not agree; undefined when its order names no arbitrator.
 * @throws viem's errors, also when the arbitrator is no contract of ERC-792
 */
export async function getArbitration(
  client: MarketClient,
  { jobId, order }: { jobId: Hex; order: JobOrder },
): Promise<Arbitration | undefined> {
  const { arbitrator, arbitratorData } = decodeQuorumTerms(order.assuranceData)
  if (isAddressEqual(arbitrator, zeroAddress)) return undefined
  const quorum = { address: order.assurance, abi: quorumAssuranceAbi, args: [jobId] } as const
  const [cost, hashes, [, seats], dispute] = await Promise.all([
    readContract(client, {
      address: arbitrator,
      abi: arbitratorAbi,
      functionName: 'arbitrationCost',
      args: [arbitratorData],
    }),
    readContract(client, { ...quorum, functionName: 'answersOf' }),
    readContract(client, { ...quorum, functionName: 'roundOf' }),
    readContract(client, { ...quorum, functionName: 'disputeOf' }),
  ])
  const answers = hashes.map((hash) => ({
    hash,
    workers: seats.filter(({ revealed, word }) => revealed && word === hash).map(({ worker }) => worker),
  }))
  const { decided, ruled } = dispute
  return { arbitrator, cost, answers, decided, ...(ruled !== zeroHash && { ruled }) }
}
