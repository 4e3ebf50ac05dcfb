import { decodeAbiParameters, encodeAbiParameters, type Hex } from 'viem'

/** An order's own terms under the assurance `optimistic`; the bond in wei. */
export type OptimisticTerms = {
  /** How long an answer can be challenged. */
  windowSeconds: number
  /** How long a challenged answer can be defended with a proof. */
  defenceSeconds: number
  /** What a challenger puts up. */
  challengeBond: bigint
}

const terms = [
  { name: 'windowSeconds', type: 'uint32' },
  { name: 'defenceSeconds', type: 'uint32' },
  { name: 'challengeBond', type: 'uint96' },
] as const

/** The terms as an order's `assuranceData`. */
export function encodeOptimisticTerms({ windowSeconds, defenceSeconds, challengeBond }: OptimisticTerms): Hex {
  return encodeAbiParameters(terms, [windowSeconds, defenceSeconds, challengeBond])
}

/** The terms in an order's `assuranceData`. */
export function decodeOptimisticTerms(assuranceData: Hex): OptimisticTerms {
  const [windowSeconds, defenceSeconds, challengeBond] = decodeAbiParameters(terms, assuranceData)
  return { windowSeconds, defenceSeconds, challengeBond }
}

/** Challenge data that show another answer to the same job, signed by the same worker: a verdict at once, without a bond. */
export function encodeDoubleAnswer({ outputs, signature }: { outputs: readonly bigint[]; signature: Hex }): Hex {
  return encodeAbiParameters([{ type: 'uint256[]' }, { type: 'bytes' }], [outputs, signature])
}
