import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { buildOrder, type OrderTerms } from '@assay/sdk/buildOrder'
import { type Preflight, preflightOrder } from '@assay/sdk/preflightOrder'
import { useQuery } from '@tanstack/react-query'
import { type Address, encodeFunctionData, zeroAddress } from 'viem'
import { estimateGas, getGasPrice } from 'viem/actions'
import { type Market, useMarket } from './useNetwork'

/** What an offer would meet, asked before it is paid. `gasCost` in wei, of the request; not known without an account that can pay. */
export type OfferQuote = { preflight?: Preflight | undefined; gasCost?: bigint | undefined }

/** What is offered, without the input, which changes neither its price nor whether it is taken. */
export type Offer = { terms: Omit<OrderTerms, 'input'>; missing: bigint }

const anyInput = { inputCommitment: 1n, inputRoot: `0x${'01'.repeat(32)}`, inputCid: `0x${'01'.repeat(32)}` } as const

/** Asks the market whether it would take an offer, and the node what the request would cost in gas. */
export function useQuote({
  offer,
  account,
  enabled,
}: {
  offer: Offer
  account: Address | undefined
  enabled: boolean
}) {
  const market = useMarket()
  const { modelId, maxPrice, assurance } = offer.terms
  return useQuery({
    queryKey: ['quote', modelId, account, assurance, maxPrice.toString(), offer.missing.toString()],
    enabled,
    refetchInterval: 20_000,
    queryFn: () => quote(market, { offer, account }),
  })
}

async function quote(
  { network, client }: Market,
  { offer, account }: { offer: Offer; account: Address | undefined },
): Promise<OfferQuote> {
  const terms = { ...offer.terms, input: anyInput, requester: account ?? zeroAddress }
  const order = await buildOrder(client, { deployment: network, terms })
  const preflight =
    network.addresses.marketLens && (await preflightOrder(client, { deployment: network, order, call: 'request' }))
  if (!account || (preflight && !preflight.ok)) return { preflight }
  const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'requestJob', args: [order] })
  const asked = { account, to: network.addresses.jobMarket, data, value: offer.missing }
  try {
    const [gas, price] = await Promise.all([estimateGas(client, asked), getGasPrice(client)])
    return { preflight, gasCost: gas * price }
  } catch {
    // An account that cannot pay has no estimate; what it lacks is said beside the button.
    return { preflight }
  }
}
