import { type Address, type Hex, hashTypedData } from 'viem'
import type { Deployment } from './deployment.ts'

/**
 * The signed statement of one paid computation, as contracts/interfaces/JobTypes.sol spells it.
 * Money in the token's smallest unit (bigint), times in unix seconds, durations in seconds.
 */
export type JobOrder = {
  requester: Address
  token: Address
  minPrice: bigint
  maxPrice: bigint
  rampStart: number
  rampSeconds: number
  claimDeadline: number
  proveSeconds: number
  finalDeadline: number
  modelId: Hex
  inputCommitment: bigint
  inputRoot: Hex
  inputCid: Hex
  assurance: Address
  assuranceData: Hex
  bond: bigint
  allowedWorker: Address
  minContributions: number
  callback: Address
  callbackGas: number
  maxFeeBps: number
  nonce: bigint
}

/** EIP-712 type of a {@link JobOrder}: the members of the Solidity struct in its order. */
export const jobOrderTypes = {
  JobOrder: [
    { name: 'requester', type: 'address' },
    { name: 'token', type: 'address' },
    { name: 'minPrice', type: 'uint96' },
    { name: 'maxPrice', type: 'uint96' },
    { name: 'rampStart', type: 'uint40' },
    { name: 'rampSeconds', type: 'uint32' },
    { name: 'claimDeadline', type: 'uint40' },
    { name: 'proveSeconds', type: 'uint32' },
    { name: 'finalDeadline', type: 'uint40' },
    { name: 'modelId', type: 'bytes32' },
    { name: 'inputCommitment', type: 'uint256' },
    { name: 'inputRoot', type: 'bytes32' },
    { name: 'inputCid', type: 'bytes32' },
    { name: 'assurance', type: 'address' },
    { name: 'assuranceData', type: 'bytes' },
    { name: 'bond', type: 'uint96' },
    { name: 'allowedWorker', type: 'address' },
    { name: 'minContributions', type: 'uint16' },
    { name: 'callback', type: 'address' },
    { name: 'callbackGas', type: 'uint32' },
    { name: 'maxFeeBps', type: 'uint16' },
    { name: 'nonce', type: 'uint256' },
  ],
} as const

/** EIP-712 domain of the market on its chain. */
export function orderDomain(deployment: Pick<Deployment, 'chainId' | 'addresses'>) {
  return {
    name: 'Assay JobMarket',
    version: '1',
    chainId: deployment.chainId,
    verifyingContract: deployment.addresses.jobMarket,
  } as const
}

/**
 * The job's id: EIP-712 digest of the order, equal to the market's `hashOrder`.
 * Source: https://eips.ethereum.org/EIPS/eip-712
 */
export function hashOrder(order: JobOrder, deployment: Pick<Deployment, 'chainId' | 'addresses'>): Hex {
  return hashTypedData({
    domain: orderDomain(deployment),
    types: jobOrderTypes,
    primaryType: 'JobOrder',
    message: order,
  })
}
