import type { Hex } from 'viem'

/** A request of a model's job; `rampStart` is the unix second from which it could be claimed. */
export type FigureRequest = { jobId: Hex; modelId: Hex; rampStart: number; inCoin: boolean }

/** How a job ended: what it cost in the smallest unit and when it was paid (unix seconds), or that it was refunded. */
export type FigureEnd = { price: bigint; royalty: bigint; at: number } | 'refunded'

/** What a model's recent jobs did; medians over those that were answered. Money in wei, of jobs paid in the chain's own coin. */
export type ModelFigures = {
  /** Requests that the figures were read from, those still open too. */
  requests: number
  answered: number
  /** Share of the ended ones that was answered, 0…1; withdrawn and open jobs do not count. */
  fillRate?: number
  clearingPrice?: bigint
  latencySeconds?: number
  /** What the owner earned by them. */
  royalty: bigint
}

/** Adds up the recent jobs of each model. A model without requests is left out. */
export function modelFigures(
  requests: readonly FigureRequest[],
  ends: ReadonlyMap<Hex, FigureEnd>,
): Map<Hex, ModelFigures> {
  const byModel = Map.groupBy(requests, ({ modelId }) => modelId)
  return new Map([...byModel].map(([modelId, own]) => [modelId, figuresOf(own, ends)]))
}

function figuresOf(requests: readonly FigureRequest[], ends: ReadonlyMap<Hex, FigureEnd>): ModelFigures {
  const prices: bigint[] = []
  const latencies: number[] = []
  let answered = 0
  let refunded = 0
  let royalty = 0n
  for (const { jobId, rampStart, inCoin } of requests) {
    const end = ends.get(jobId)
    if (end === undefined) continue
    if (end === 'refunded') {
      refunded += 1
      continue
    }
    answered += 1
    latencies.push(Math.max(0, end.at - rampStart))
    if (!inCoin) continue
    prices.push(end.price)
    royalty += end.royalty
  }
  const clearingPrice = median(prices, (a, b) => (a < b ? -1 : Number(a > b)))
  const latencySeconds = median(latencies, (a, b) => a - b)
  return {
    requests: requests.length,
    answered,
    royalty,
    ...(answered + refunded > 0 && { fillRate: answered / (answered + refunded) }),
    ...(clearingPrice !== undefined && { clearingPrice }),
    ...(latencySeconds !== undefined && { latencySeconds }),
  }
}

/** The middle one, or the lower of the two in the middle. */
function median<T>(values: readonly T[], order: (a: T, b: T) => number): T | undefined {
  return values.toSorted(order)[Math.floor((values.length - 1) / 2)]
}
