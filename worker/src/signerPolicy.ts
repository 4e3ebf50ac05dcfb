import { type Address, type Hex, isAddressEqual, type LocalAccount, size, slice } from 'viem'

/** What a worker's key may sign. */
export type SigningPolicy = {
  chainId: number
  /** Contracts it may call, and of each the functions by selector (4 bytes). */
  contracts: readonly { address: Address; selectors: readonly Hex[] }[]
  /** Most wei that one transaction may send along. */
  maxValue: bigint
}

/** Which rule of the policy a signature would break. */
export type PolicyRule = 'chain' | 'contract' | 'selector' | 'value' | 'kind' | 'list'

/** The policy does not let the key sign this. */
export class SigningRefusedError extends Error {
  override readonly name = 'SigningRefusedError'
  readonly rule: PolicyRule

  constructor(rule: PolicyRule, fact: string) {
    super(`The signing policy refuses this: ${fact}.`)
    this.rule = rule
  }
}

/** A transaction as far as the policy looks at it; `kind` is EIP-2718's type by viem's name. */
type Signable = {
  type?: string | undefined
  chainId?: number | undefined
  to?: Address | null | undefined
  data?: Hex | undefined
  value?: bigint | undefined
  /** The account that signs. */
  from?: Address | undefined
  accessList?: unknown
  authorizationList?: unknown
}

/**
 * Checks a transaction against a policy. An empty one from the account to itself is always allowed: it only uses up a nonce.
 * @throws SigningRefusedError for the first rule that it breaks
 */
export function checkTransaction(policy: SigningPolicy, transaction: Signable): void {
  const { type, chainId, to, data, value = 0n, from } = transaction
  if (type !== 'eip1559')
    throw new SigningRefusedError('kind', `its type is ${type ?? 'not given'}, allowed is eip1559`)
  if (chainId !== policy.chainId) {
    throw new SigningRefusedError('chain', `it is for chain ${chainId ?? 'none'}, allowed is ${policy.chainId}`)
  }
  // An authorization would hand the whole account to another contract's code.
  if (transaction.authorizationList !== undefined) {
    throw new SigningRefusedError('list', 'it carries an authorization list, allowed is none')
  }
  if (to && from && isAddressEqual(to, from) && (data ?? '0x') === '0x' && value === 0n) return
  const contract = to && policy.contracts.find(({ address }) => isAddressEqual(address, to))
  if (!contract) throw new SigningRefusedError('contract', `it goes to ${to ?? 'a new contract'}, which is not listed`)
  const selector = data !== undefined && size(data) >= 4 ? slice(data, 0, 4) : '0x'
  if (!contract.selectors.includes(selector)) {
    throw new SigningRefusedError('selector', `it calls ${selector} of ${contract.address}, which is not listed`)
  }
  if (value > policy.maxValue) {
    throw new SigningRefusedError('value', `it sends ${value} wei, allowed are ${policy.maxValue}`)
  }
}

/**
 * An account that signs only what the policy allows: transactions to listed functions, and typed data whose domain names this
 * chain and a listed contract. Bare messages, hashes and authorizations are refused, as nothing shows what they are for.
 */
export function withPolicy(account: LocalAccount, policy: SigningPolicy): LocalAccount {
  const refuse = (what: string) => async () => {
    throw new SigningRefusedError('kind', `${what} are not signed with a worker's key`)
  }
  return {
    ...account,
    sign: refuse('bare hashes'),
    signAuthorization: refuse('authorizations'),
    signMessage: refuse('bare messages'),
    signTransaction: async (transaction, options) => {
      checkTransaction(policy, { ...transaction, from: account.address })
      return account.signTransaction(transaction, options)
    },
    signTypedData: async (definition) => {
      const domain: { chainId?: unknown; verifyingContract?: unknown } = definition.domain ?? {}
      const { chainId, verifyingContract } = domain
      if (chainId === undefined || Number(chainId) !== policy.chainId) {
        throw new SigningRefusedError('chain', `its domain is chain ${chainId ?? 'none'}, allowed is ${policy.chainId}`)
      }
      const listed = policy.contracts.some(
        ({ address }) => String(verifyingContract).toLowerCase() === address.toLowerCase(),
      )
      if (!listed) throw new SigningRefusedError('contract', `its domain is ${verifyingContract}, which is not listed`)
      return account.signTypedData(definition)
    },
  }
}
