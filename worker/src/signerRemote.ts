import {
  type Address,
  type Hex,
  isAddressEqual,
  isHex,
  keccak256,
  type LocalAccount,
  numberToHex,
  parseTransaction,
  recoverTransactionAddress,
  serializeTransaction,
  type TransactionSerializable,
  type TransactionSerialized,
} from 'viem'
import { toAccount } from 'viem/accounts'
import { RetryableError } from './jobErrors.ts'
import { SigningRefusedError } from './signerPolicy.ts'

/** The remote signer answered with something else than what was asked for. */
export class RemoteSignerError extends Error {
  override readonly name = 'RemoteSignerError'
  readonly url: string

  constructor({ url, fact, cause }: { url: string; fact: string; cause?: unknown }) {
    super(`The remote signer at ${url} ${fact}.`, { cause })
    this.url = url
  }
}

/** A remote signer: its URL, and the account that it signs for. */
export type RemoteSigner = { url: string; address: Address; timeoutMs?: number }

/**
 * An account whose key is held by a signer that speaks Web3Signer's JSON-RPC (`eth_accounts`, `eth_signTransaction`). What comes back
 * is parsed, compared with what was asked, and its signature recovered: a wrong or lying signer costs nothing.
 * Source: https://docs.web3signer.consensys.io/reference/api/json-rpc
 * @throws RemoteSignerError when the signer does not hold the key; RetryableError (`chain-unavailable`) when it does not answer
 */
export async function connectRemoteSigner(signer: RemoteSigner): Promise<LocalAccount> {
  const { url, address } = signer
  const accounts = await call(signer, { method: 'eth_accounts', params: [] })
  const holds = Array.isArray(accounts) && accounts.some((held) => String(held).toLowerCase() === address.toLowerCase())
  if (!holds) throw new RemoteSignerError({ url, fact: `does not hold the key of ${address}` })

  async function refuse(): Promise<never> {
    throw new SigningRefusedError('kind', 'the remote signer is asked for transactions only')
  }

  return toAccount({
    address,
    signMessage: refuse,
    signTypedData: refuse,
    signTransaction: (transaction) => signRemotely(signer, transaction),
  })
}

/** Whether the signer says it is up (GET /upcheck). */
export async function isSignerUp({ url, timeoutMs = 5000 }: { url: string; timeoutMs?: number }): Promise<boolean> {
  try {
    const response = await fetch(new URL('upcheck', slashed(url)), { signal: AbortSignal.timeout(timeoutMs) })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

async function signRemotely(
  signer: RemoteSigner,
  transaction: TransactionSerializable,
): Promise<TransactionSerialized> {
  const { url, address } = signer
  const asked = serializeTransaction(transaction)
  const answer = await call(signer, { method: 'eth_signTransaction', params: [toRpc(address, transaction)] })
  if (!isHex(answer)) throw new RemoteSignerError({ url, fact: 'answered no signed transaction' })
  let unsigned: Hex
  let signedBy: Address
  try {
    // Only EIP-1559 transactions are sent, and any other prefix fails the comparison below.
    const signed = answer as TransactionSerialized<'eip1559'>
    const { r: _r, s: _s, v: _v, yParity: _yParity, ...fields } = parseTransaction(signed)
    unsigned = serializeTransaction(fields)
    signedBy = await recoverTransactionAddress({ serializedTransaction: signed })
  } catch (cause) {
    throw new RemoteSignerError({ url, fact: 'answered what is no signed transaction', cause })
  }
  if (keccak256(unsigned) !== keccak256(asked)) {
    throw new RemoteSignerError({ url, fact: 'signed another transaction than the one it was given' })
  }
  if (!isAddressEqual(signedBy, address)) {
    throw new RemoteSignerError({ url, fact: `signed with the key of ${signedBy}, not of ${address}` })
  }
  // Checked above to be the signed form of the transaction that was asked for.
  return answer as TransactionSerialized
}

function toRpc(from: Address, transaction: TransactionSerializable): Record<string, unknown> {
  const { to, data, value, nonce, gas, maxFeePerGas, maxPriorityFeePerGas, chainId } = transaction
  const quantity = (number: bigint | number | undefined) => (number === undefined ? undefined : numberToHex(number))
  return {
    from,
    to,
    data: data ?? '0x',
    value: quantity(value ?? 0n),
    nonce: quantity(nonce ?? 0),
    gas: quantity(gas),
    maxFeePerGas: quantity(maxFeePerGas),
    maxPriorityFeePerGas: quantity(maxPriorityFeePerGas),
    chainId: quantity(chainId),
  }
}

async function call(
  { url, timeoutMs = 5000 }: RemoteSigner,
  { method, params }: { method: string; params: unknown[] },
): Promise<unknown> {
  let response: Response
  let body: unknown
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    body = await response.json()
  } catch (cause) {
    const detail = `The remote signer at ${url} did not answer ${method}.`
    throw new RetryableError({ reason: 'chain-unavailable', detail, cause })
  }
  if (typeof body === 'object' && body !== null) {
    if ('error' in body && body.error !== null) {
      throw new RemoteSignerError({ url, fact: `refused ${method}: ${JSON.stringify(body.error).slice(0, 300)}` })
    }
    if ('result' in body) return body.result
  }
  throw new RemoteSignerError({ url, fact: `answered ${method} with status ${response.status} and no result` })
}

function slashed(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}
