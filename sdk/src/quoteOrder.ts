import { readContract } from 'viem/actions'
import { marketLensAbi } from './abi/marketLens.ts'
import { addressIn, type Deployment, type MarketClient } from './deployment.ts'
import { getTime } from './getTime.ts'
import type { JobOrder } from './order.ts'

/** What a claim at a time brings whom, in the order's token, and what the model's recent jobs did. */
export type Quote = {
  /** The unix seconds that the quote is for. */
  timestamp: number
  price: bigint
  workerShare: bigint
  royalty: bigint
  fee: bigint
  recent: {
    /** Jobs that the other members speak of. */
    jobs: number
    /** Share of them that was answered, in basis points. */
    fillRateBps: number
    /** Median price of the answered ones; zero without any. */
    clearingPrice: bigint
    /** Median time from the order's start to its answer. */
    latencySeconds: number
    /** Unix seconds of the newest. */
    newestAt: number
  }
  /** Highest gas price, in wei, at which `gas` costs less than `workerShare`; zero for an order in tokens. */
  breakEvenGasPrice?: bigint
}

/**
 * Says what an order, or a job that it became, pays at a time: the price of its ramp and how it is shared out, beside what the
 * model's recent jobs cleared at.
 * @param parameters.timestamp unix seconds; now unless told
 * @param parameters.gas gas that answering takes, for `breakEvenGasPrice`
 * @throws AddressMissingError; viem's ContractFunctionExecutionError with ModelUnknown
 */
export async function quoteOrder(
  client: MarketClient,
  {
    deployment,
    order,
    timestamp,
    gas,
  }: { deployment: Pick<Deployment, 'addresses'>; order: JobOrder; timestamp?: number; gas?: bigint },
): Promise<Quote> {
  const lens = { address: addressIn(deployment, 'marketLens'), abi: marketLensAbi } as const
  const at = timestamp ?? (await getTime(client))
  const [quote, breakEvenGasPrice] = await Promise.all([
    readContract(client, { ...lens, functionName: 'quote', args: [order, BigInt(at)] }),
    gas === undefined
      ? undefined
      : readContract(client, { ...lens, functionName: 'breakEvenGasPrice', args: [order, BigInt(at), gas] }),
  ])
  return { timestamp: at, ...quote, ...(breakEvenGasPrice === undefined ? {} : { breakEvenGasPrice }) }
}
