import {
  type Abi,
  type Account,
  type Address,
  BaseError,
  type Chain,
  decodeFunctionData,
  getContractError,
  type Hash,
  type Hex,
  type ReplacementReason,
  type SendTransactionParameters,
  type TransactionReceipt,
} from 'viem'
import { call, sendTransaction, waitForTransactionReceipt } from 'viem/actions'
import type { MarketClient } from './deployment.ts'

/** What every action that sends a transaction also takes. */
export type SendOptions = {
  /** Called as soon as the transaction has a hash, before it is mined. */
  onSent?: (hash: Hash) => void
  /** Called when a wallet put another transaction in its place: the same one faster, another one, or nothing. */
  onReplaced?: (replacement: { hash: Hash; reason: ReplacementReason }) => void
  /** Fees, gas limit and account nonce, when the caller manages them. */
  transaction?: Pick<
    SendTransactionParameters<Chain, Account>,
    'gas' | 'nonce' | 'maxFeePerGas' | 'maxPriorityFeePerGas'
  >
}

/** The client has no account to send from. */
export class AccountMissingError extends Error {
  override readonly name = 'AccountMissingError'

  constructor() {
    super('The client has no account; connect a wallet or name a key before sending a transaction.')
  }
}

/** A transaction was mined and reverted although its simulation passed: the chain moved on between the two. */
export class TransactionRevertedError extends Error {
  override readonly name = 'TransactionRevertedError'
  readonly hash: Hash

  constructor({ hash, blockNumber }: { hash: Hash; blockNumber: bigint }) {
    super(
      `Transaction ${hash} reverted in block ${blockNumber}, as something came before it; read the state and try again.`,
    )
    this.hash = hash
  }
}

/** The mined transaction does not speak of the job: a wallet replaced it, or SDK and contracts do not belong together. */
export class JobMismatchError extends Error {
  override readonly name = 'JobMismatchError'
  readonly expected: Hex
  readonly hash: Hash

  constructor({ expected, hash }: { expected: Hex; hash: Hash }) {
    super(
      `Transaction ${hash} has no event of job ${expected}; unless a wallet replaced it, update the SDK to the deployed contracts.`,
    )
    this.expected = expected
    this.hash = hash
  }
}

/** The account that the client sends from. */
export function accountOf(client: MarketClient): Account {
  if (client.account === undefined) throw new AccountMissingError()
  return client.account
}

/**
 * Simulates a contract call, sends it, and waits until it is mined.
 * @throws viem's ContractFunctionExecutionError with the decoded custom error when the simulation reverts,
 *   {@link TransactionRevertedError} when the mined transaction did
 */
export async function sendCall(
  client: MarketClient,
  {
    to,
    abi,
    data,
    value = 0n,
    onSent,
    onReplaced,
    transaction,
  }: SendOptions & { to: Address; abi: Abi; data: Hex; value?: bigint },
): Promise<TransactionReceipt> {
  const account = accountOf(client)
  try {
    // A deadline that has passed since the last block counts as passed: the transaction will be mined later than now.
    await call(client, { account, to, data, value, blockTag: 'pending' })
  } catch (cause) {
    // Without a revert reason from the chain this still names the function and its arguments.
    if (!(cause instanceof BaseError)) throw cause
    const { functionName, args } = decodeFunctionData({ abi, data })
    throw getContractError(cause, { abi, address: to, functionName, args: args ?? [], sender: account.address })
  }
  const hash = await sendTransaction(client, { account, chain: client.chain ?? null, to, data, value, ...transaction })
  onSent?.(hash)
  const receipt = await waitForTransactionReceipt(client, {
    hash,
    onReplaced: ({ reason, transaction }) => onReplaced?.({ hash: transaction.hash, reason }),
  })
  if (receipt.status === 'reverted') throw new TransactionRevertedError({ hash, blockNumber: receipt.blockNumber })
  return receipt
}
