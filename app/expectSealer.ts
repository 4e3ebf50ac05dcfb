import type { MarketClient } from '@assay/sdk/deployment'
import { type Address, isAddressEqual } from 'viem'
import { isContractAccount } from './contractAccount.ts'

/** Another account than the one that began a ceremony would seal it. */
export class SealingAccountError extends Error {
  override readonly name = 'SealingAccountError'
  readonly account: Address
  readonly owner: Address

  constructor({ account, owner }: { account: Address; owner: Address }) {
    super(`Your account is ${account}, and ${owner} began this ceremony; connect that one to seal it.`)
    this.account = account
    this.owner = owner
  }
}

/** The owner is a contract, which sends no transaction of its own, so that nothing it does announces a beacon. */
export class ContractSealingError extends Error {
  override readonly name = 'ContractSealingError'
  readonly owner: Address

  constructor(owner: Address) {
    super(
      `${owner} is a contract, and the beacon has to be announced in a transaction of the owner itself; begin the ceremony again with an account that has a key.`,
    )
    this.owner = owner
  }
}

/**
 * Refuses an account that cannot seal a ceremony: only its owner can, and only with transactions of its own.
 * @throws {@link SealingAccountError}, {@link ContractSealingError}
 */
export async function expectSealer(
  client: MarketClient,
  { owner, account }: { owner: Address; account: Address },
): Promise<void> {
  if (!isAddressEqual(account, owner)) throw new SealingAccountError({ account, owner })
  if (await isContractAccount(client, owner)) throw new ContractSealingError(owner)
}
