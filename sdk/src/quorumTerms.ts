import { type Address, decodeAbiParameters, encodeAbiParameters, type Hex } from 'viem'

/** An order's own terms under the assurance `quorum`; the bond in wei, each worker's. */
export type QuorumTerms = {
  /** Seats, and how many equal answers are needed. */
  workers: number
  agreeing: number
  commitSeconds: number
  revealSeconds: number
  /** How long an answer without agreement waits for somebody to pay the arbitrator; zero, with the next one, without an arbitrator. */
  disputeSeconds: number
  arbitrationSeconds: number
  workerBond: bigint
  /** Decides when there is no agreement (ERC-792); the zero address for nobody. */
  arbitrator: Address
  arbitratorData: Hex
  /** The only operators that may take part; none for anybody registered. */
  committee: readonly Address[]
}

const terms = [
  {
    type: 'tuple',
    components: [
      { name: 'workers', type: 'uint8' },
      { name: 'agreeing', type: 'uint8' },
      { name: 'commitSeconds', type: 'uint32' },
      { name: 'revealSeconds', type: 'uint32' },
      { name: 'disputeSeconds', type: 'uint32' },
      { name: 'arbitrationSeconds', type: 'uint32' },
      { name: 'workerBond', type: 'uint96' },
      { name: 'arbitrator', type: 'address' },
      { name: 'arbitratorData', type: 'bytes' },
      { name: 'committee', type: 'address[]' },
    ],
  },
] as const

/** The terms as an order's `assuranceData`. */
export function encodeQuorumTerms(made: QuorumTerms): Hex {
  return encodeAbiParameters(terms, [made])
}

/** The terms in an order's `assuranceData`. */
export function decodeQuorumTerms(assuranceData: Hex): QuorumTerms {
  return decodeAbiParameters(terms, assuranceData)[0]
}
