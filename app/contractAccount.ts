import type { MarketClient } from '@assay/sdk/deployment'
import type { Address, Client, EIP1193RequestFn, Hash, Hex } from 'viem'
import { getCode, sendCalls, waitForCallsStatus } from 'viem/actions'

/** The wallet says that what it was asked to send will not be on chain: its owners refused it, or it failed as a whole. */
export class CallsFailedError extends Error {
  override readonly name = 'CallsFailedError'
  readonly id: string
  readonly statusCode: number

  constructor({ id, statusCode }: { id: string; statusCode: number }) {
    super(
      `Your wallet ended the request with status ${statusCode} and sent nothing; look into it there, and try again.`,
    )
    this.id = id
    this.statusCode = statusCode
  }
}

/** Whether an account is a contract that others may have to sign for; one that delegates its code (EIP-7702) signs for itself. */
export async function isContractAccount(client: MarketClient, address: Address): Promise<boolean> {
  const code = await getCode(client, { address }).catch(() => undefined)
  return code !== undefined && !code.startsWith('0xef0100')
}

/**
 * Sends transactions of a contract account as EIP-5792 calls: such a wallet answers `eth_sendTransaction` at once with a hash of its
 * own, which is never on chain, while for calls it says when its owners have signed and which transaction carried them.
 * A wallet that does not know calls is asked as any other.
 * @param wallet client of the wallet with its account and chain
 * @returns the wallet's `request`, which answers `eth_sendTransaction` with the hash of a mined transaction
 */
export function requestByCalls(wallet: Client): EIP1193RequestFn {
  const request = async ({ method, params }: { method: string; params?: unknown }) => {
    if (method !== 'eth_sendTransaction') return wallet.request({ method, params } as never)
    // viem's own actions send what the method asks for: one transaction with hex quantities.
    const [{ to, data, value }] = params as [{ to: Address; data?: Hex; value?: Hex }]
    const call = { to, ...(data && { data }), ...(value && { value: BigInt(value) }) }
    let id: string
    try {
      id = (await sendCalls(wallet, { calls: [call], chain: wallet.chain, account: wallet.account ?? null })).id
    } catch (error) {
      if (!isUnknownMethod(error)) throw error
      return wallet.request({ method, params } as never)
    }
    return minedHash(wallet, id)
  }
  // The type lists each method with its answer; those above have the ones of the wallet.
  return request as EIP1193RequestFn
}

/** Waits as long as the owners need to sign. */
async function minedHash(wallet: Client, id: string): Promise<Hash> {
  const { receipts, statusCode } = await waitForCallsStatus(wallet, { id, timeout: 0 })
  const hash = receipts?.at(-1)?.transactionHash
  if (hash === undefined) throw new CallsFailedError({ id, statusCode })
  return hash
}

const unknownMethods: readonly string[] = [
  'MethodNotFoundRpcError',
  'MethodNotSupportedRpcError',
  'UnsupportedProviderMethodError',
]

function isUnknownMethod(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (unknownMethods.includes(cause.name)) return true
  }
  return false
}
