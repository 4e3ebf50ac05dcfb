/** What a transaction offers for a unit of gas, in wei (EIP-1559). */
export type Fees = { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }

/** What a transaction may cost: `maxCost` in wei for its own gas and for what has to follow it, and the operator's ceiling. */
export type FeeLimit = { maxCost: bigint; gas: bigint; gasReserved: bigint; ceiling: bigint }

/** Gas that handing in one proved answer takes at most, without the order's callback; see contracts' gas snapshot. */
export const submitGas = 300_000n

/** The highest fee for a unit of gas that the limit allows. */
export function feeCap({ maxCost, gas, gasReserved, ceiling }: FeeLimit): bigint {
  const affordable = maxCost / (gas + gasReserved)
  return affordable < ceiling ? affordable : ceiling
}

/**
 * What to offer first: the estimate, or the cap where that is enough for the present base fee.
 * @param estimate as viem gives it: six fifths of the base fee, and the tip
 * @returns undefined when the cap does not reach the present price
 */
export function firstFees(estimate: Fees, cap: bigint): Fees | undefined {
  if (estimate.maxFeePerGas <= cap) return estimate
  return presentPrice(estimate) <= cap ? { ...estimate, maxFeePerGas: cap } : undefined
}

/** Base fee and tip for which a transaction gets into the next block, from the same estimate. */
export function presentPrice({ maxFeePerGas, maxPriorityFeePerGas }: Fees): bigint {
  return ((maxFeePerGas - maxPriorityFeePerGas) * 10n) / 12n + maxPriorityFeePerGas
}

/**
 * What a replacement has to offer: an eighth more of both, which nodes ask for, or the estimate where that is higher.
 * @returns undefined when that is above the cap
 */
export function replacementFees(last: Fees, { estimate, cap }: { estimate: Fees; cap: bigint }): Fees | undefined {
  const maxFeePerGas = larger(eighthMore(last.maxFeePerGas), estimate.maxFeePerGas)
  const tip = larger(eighthMore(last.maxPriorityFeePerGas), estimate.maxPriorityFeePerGas)
  if (maxFeePerGas > cap) return undefined
  return { maxFeePerGas, maxPriorityFeePerGas: tip < maxFeePerGas ? tip : maxFeePerGas }
}

/** The most that the gas of a claim and its answer may cost: what is left of the price after the highest royalty and fee. */
export function claimAllowance(price: bigint): bigint {
  return (price * 3n) / 4n
}

/** The most that an answer's gas may cost: losing the bond as well would cost more. */
export function submitAllowance({ price, bond }: { price: bigint; bond: bigint }): bigint {
  return price + bond
}

function eighthMore(fee: bigint): bigint {
  return (fee * 9n + 7n) / 8n + 1n
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
