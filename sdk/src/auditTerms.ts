import { type Address, decodeAbiParameters, encodeAbiParameters, type Hex } from 'viem'
import { readContract } from 'viem/actions'
import type { MarketClient } from './deployment.ts'

/** An order's own terms under the assurance `audit`. */
export type AuditTerms = {
  /** Probability that a proof is due, in basis points. */
  probabilityBps: number
  /** How long the draw can be recorded, from when the answer is handed in. */
  drawSeconds: number
  /** How long a drawn answer can be proved. */
  defenceSeconds: number
}

const terms = [
  { name: 'probabilityBps', type: 'uint16' },
  { name: 'drawSeconds', type: 'uint32' },
  { name: 'defenceSeconds', type: 'uint32' },
] as const

/** The terms as an order's `assuranceData`. */
export function encodeAuditTerms({ probabilityBps, drawSeconds, defenceSeconds }: AuditTerms): Hex {
  return encodeAbiParameters(terms, [probabilityBps, drawSeconds, defenceSeconds])
}

/** The terms in an order's `assuranceData`. */
export function decodeAuditTerms(assuranceData: Hex): AuditTerms {
  const [probabilityBps, drawSeconds, defenceSeconds] = decodeAbiParameters(terms, assuranceData)
  return { probabilityBps, drawSeconds, defenceSeconds }
}

/**
 * The least bond with which a wrong answer loses money on average, rounded up; the contract refuses less.
 * @param maxPrice of the order, in the smallest unit of the coin that stakes are in
 */
export function auditBondUp({ maxPrice, probabilityBps }: { maxPrice: bigint; probabilityBps: number }): bigint {
  const probability = BigInt(probabilityBps)
  return (safetyFactor * maxPrice * 10_000n + probability - 1n) / probability
}

// Of AuditAssurance: makes up for a proposer that withholds the block before a draw.
const safetyFactor = 2n

/** Least `drawSeconds` that an audit's contract takes. */
export function getMinDrawSeconds(client: MarketClient, auditAssurance: Address): Promise<number> {
  return readContract(client, { address: auditAssurance, abi: drawAbi, functionName: 'minDrawSeconds' })
}

const drawAbi = [
  {
    type: 'function',
    name: 'minDrawSeconds',
    inputs: [],
    outputs: [{ type: 'uint32' }],
    stateMutability: 'view',
  },
] as const
