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
import type { Outbox } from './outbox.ts'

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

  /** `cause`: what the contract says to the same call now, which is why it reverted unless the state changed once more. */
  constructor({ hash, blockNumber, cause }: { hash: Hash; blockNumber: bigint; cause?: unknown }) {
    super(
      `Transaction ${hash} reverted in block ${blockNumber}, as something came before it; read the state and try again.`,
      { cause },
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
 * Simulates a contract call, sends it, and waits until it is mined. With an outbox, and an account that signs here, a transaction
 * that an earlier run kept is waited for instead, unless it can never be mined any more.
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
    outbox,
  }: SendOptions & { to: Address; abi: Abi; data: Hex; value?: bigint; outbox?: Outbox },
): Promise<TransactionReceipt> {
  const account = accountOf(client)
  // Loaded on demand: pages send through wallets, which keep their own.
  const kept = outbox && (await import('./outbox.ts'))
  const again = outbox && (await kept?.resendKept(client, outbox))
  const simulate = async () => {
    try {
      // A deadline that has passed since the last block counts as passed: the transaction will be mined later than now.
      await call(client, { account, to, data, value, blockTag: 'pending' })
    } catch (cause) {
      // Without a revert reason from the chain this still names the function and its arguments.
      if (!(cause instanceof BaseError)) throw cause
      const { functionName, args } = decodeFunctionData({ abi, data })
      throw getContractError(cause, { abi, address: to, functionName, args: args ?? [], sender: account.address })
    }
  }
  if (again !== undefined) return received(client, { hash: again, onSent, onReplaced, simulate })
  await simulate()
  const request = { account, to, data, value, ...transaction }
  const hash =
    outbox && kept
      ? await kept.sendKept(client, { request, outbox })
      : await sendTransaction(client, { ...request, chain: client.chain ?? null })
  return received(client, { hash, onSent, onReplaced, simulate })
}

async function received(
  client: MarketClient,
  {
    hash,
    onSent,
    onReplaced,
    simulate,
  }: {
    hash: Hash
    onSent: SendOptions['onSent']
    onReplaced: SendOptions['onReplaced']
    simulate: () => Promise<void>
  },
): Promise<TransactionReceipt> {
  onSent?.(hash)
  const receipt = await waitForTransactionReceipt(client, {
    hash,
    onReplaced: ({ reason, transaction }) => onReplaced?.({ hash: transaction.hash, reason }),
  })
  if (receipt.status === 'reverted') {
    const cause = await simulate().catch((error: unknown) => error)
    throw new TransactionRevertedError({ hash, blockNumber: receipt.blockNumber, cause })
  }
  return receipt
}
