import { type HDAccount, mnemonicToAccount } from 'viem/accounts'

/** Hardhat's public mnemonic: everyone knows its keys, so it is good for local chains only. */
export const developmentMnemonic = 'test test test test test test test test test test test junk'

/** Chains on which development accounts and development setups are accepted. */
export const localChainIds: readonly number[] = [31_337, 1337]

/** Development accounts are known to everyone, so other chains are refused. */
export class ChainNotLocalError extends Error {
  override readonly name = 'ChainNotLocalError'
  readonly chainId: number

  constructor({ chainId, what }: { chainId: number; what: string }) {
    super(`Chain ${chainId} is not local, and ${what} is for local chains (${localChainIds.join(', ')}) only.`)
    this.chainId = chainId
  }
}

/**
 * One of the accounts that a local chain funds at its start.
 * @throws ChainNotLocalError
 */
export function developmentAccount({ chainId, index }: { chainId: number; index: number }): HDAccount {
  if (!localChainIds.includes(chainId)) throw new ChainNotLocalError({ chainId, what: 'a development account' })
  return mnemonicToAccount(developmentMnemonic, { addressIndex: index })
}
