import type { Address, Hex } from 'viem'
import { readContract } from 'viem/actions'
import { marketLensAbi } from './abi/marketLens.ts'
import { addressIn, type Deployment, type MarketClient } from './deployment.ts'
import type { JobOrder } from './order.ts'
import { type PreflightReason, preflightReasons, preflightSentences } from './preflightReasons.ts'
import { type Answer, encodeAnswer } from './submitResult.ts'

/** The call of the market that is asked about, with what it takes beside the order. */
export type PreflightCall =
  | { call: 'request' }
  | { call: 'claim'; account: Address }
  | { call: 'claimSigned'; account: Address; signature: Hex }
  | ({ call: 'submit' } & Answer)
  | ({ call: 'submitSigned'; worker: Address; signature?: Hex } & Answer)

/** What a call would meet: `None`, or the first reason against it, in a sentence that says what to do. */
export type Preflight = { ok: boolean; reason: PreflightReason; sentence: string }

/**
 * Says what a call of the market would say, as of the last block, without sending it or needing an account. For `request` money and
 * authority are left out: the requester may still have to deposit.
 * @throws AddressMissingError
 */
export async function preflightOrder(
  client: MarketClient,
  { deployment, order, ...asked }: { deployment: Pick<Deployment, 'addresses'>; order: JobOrder } & PreflightCall,
): Promise<Preflight> {
  const code = await readReason(client, { lens: addressIn(deployment, 'marketLens'), order, asked })
  const reason = preflightReasons[code] ?? 'EvidenceUnjudged'
  return { ok: reason === 'None', reason, sentence: preflightSentences[reason] }
}

function readReason(
  client: MarketClient,
  { lens: address, order, asked }: { lens: Address; order: JobOrder; asked: PreflightCall },
): Promise<number> {
  const lens = { address, abi: marketLensAbi } as const
  switch (asked.call) {
    case 'request':
      return readContract(client, { ...lens, functionName: 'preflightOrder', args: [order] })
    case 'claim':
      return readContract(client, { ...lens, functionName: 'preflightClaim', args: [order, asked.account] })
    case 'claimSigned': {
      const args = [order, asked.signature, asked.account] as const
      return readContract(client, { ...lens, functionName: 'preflightClaimSigned', args })
    }
    case 'submit':
      return readContract(client, { ...lens, functionName: 'preflightSubmit', args: [order, encodeAnswer(asked)] })
    case 'submitSigned': {
      const args = [order, asked.signature ?? '0x', asked.worker, encodeAnswer(asked)] as const
      return readContract(client, { ...lens, functionName: 'preflightSubmitSigned', args })
    }
  }
}
