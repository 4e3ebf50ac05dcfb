import { type Address, type Hex, parseAbi, type TypedDataDomain, toHex, zeroAddress } from 'viem'
import { readContract, signTypedData } from 'viem/actions'
import type { Deployment, MarketClient } from './deployment.ts'
import { getTime } from './getTime.ts'
import { readDomain } from './readDomain.ts'
import { accountOf } from './sendCall.ts'

/** Kinds of permit, in the order of the contract's enum: a token's own (ERC-2612), or Uniswap's Permit2 for any token. */
export const permitKinds = ['erc2612', 'permit2'] as const

/** How a signature lets the market draw tokens. */
export type PermitKind = (typeof permitKinds)[number]

/** What an account signed to let the market draw tokens. Amount in the token's smallest unit, deadline in unix seconds. */
export type TokenPermit = { kind: PermitKind; amount: bigint; nonce: bigint; deadline: bigint; signature: Hex }

/** Where Permit2 stands on every chain. Source: https://github.com/Uniswap/permit2 */
export const permit2Address = '0x000000000022D473030F116dDEE9F6B43aC78BA3'

/** A permit lets tokens be drawn, and the chain's own coin is none. */
export class PermitUselessError extends Error {
  override readonly name = 'PermitUselessError'

  constructor() {
    super("The payment is in the chain's own coin, which needs no permit; leave the permit out or name a token.")
  }
}

const tokenAbi = parseAbi([
  'function name() view returns (string)',
  'function nonces(address owner) view returns (uint256)',
])

/**
 * Signs a permit for the client's account that lets the market draw an amount of tokens once.
 * For `permit2` the token has to be approved to Permit2 before, once and for all.
 * Sources: https://eips.ethereum.org/EIPS/eip-2612, https://docs.uniswap.org/contracts/permit2/reference/signature-transfer
 * @param parameters.amount in the token's smallest unit
 * @param parameters.permitSeconds how long the permit is good for
 * @throws AccountMissingError, PermitUselessError, viem's errors when the token has no ERC-2612
 */
export async function signPermit(
  client: MarketClient,
  {
    deployment,
    token,
    amount,
    kind,
    permitSeconds = 1800,
  }: {
    deployment: Pick<Deployment, 'chainId' | 'addresses'>
    token: Address
    amount: bigint
    kind: PermitKind
    permitSeconds?: number
  },
): Promise<TokenPermit> {
  if (token === zeroAddress) throw new PermitUselessError()
  const deadline = BigInt((await getTime(client)) + permitSeconds)
  const spender = deployment.addresses.jobMarket
  const terms = { token, amount, spender, deadline }
  const { nonce, signature } =
    kind === 'erc2612'
      ? await signErc2612(client, { ...terms, chainId: deployment.chainId })
      : await signPermit2(client, { ...terms, chainId: deployment.chainId })
  return { kind, amount, nonce, deadline, signature }
}

/** A permit as the contracts take it. */
export function encodePermit({ kind, ...rest }: TokenPermit) {
  return { ...rest, kind: permitKinds.indexOf(kind) }
}

type PermitTerms = { token: Address; amount: bigint; spender: Address; deadline: bigint; chainId: number }

async function signErc2612(client: MarketClient, { token, amount, spender, deadline, chainId }: PermitTerms) {
  const account = accountOf(client)
  const [domain, nonce] = await Promise.all([
    domainOf(client, { token, chainId }),
    readContract(client, { address: token, abi: tokenAbi, functionName: 'nonces', args: [account.address] }),
  ])
  const signature = await signTypedData(client, {
    account,
    domain,
    types: {
      Permit: [
        { name: 'owner', type: 'address' },
        { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Permit',
    message: { owner: account.address, spender, value: amount, nonce, deadline },
  })
  return { nonce, signature }
}

/** ERC-5267 says the domain; tokens from before it have their name and the version 1, as the EIP's reference has it. */
async function domainOf(
  client: MarketClient,
  { token, chainId }: { token: Address; chainId: number },
): Promise<TypedDataDomain> {
  try {
    return await readDomain(client, { address: token })
  } catch {
    const name = await readContract(client, { address: token, abi: tokenAbi, functionName: 'name' })
    return { name, version: '1', chainId, verifyingContract: token }
  }
}

async function signPermit2(client: MarketClient, { token, amount, spender, deadline, chainId }: PermitTerms) {
  // Permit2 keeps a bitmap of nonces; a random one collides with nothing and needs no reading.
  const nonce = BigInt(toHex(crypto.getRandomValues(new Uint8Array(32))))
  const signature = await signTypedData(client, {
    account: accountOf(client),
    domain: { name: 'Permit2', chainId, verifyingContract: permit2Address },
    types: {
      TokenPermissions: [
        { name: 'token', type: 'address' },
        { name: 'amount', type: 'uint256' },
      ],
      PermitTransferFrom: [
        { name: 'permitted', type: 'TokenPermissions' },
        { name: 'spender', type: 'address' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'PermitTransferFrom',
    message: { permitted: { token, amount }, spender, nonce, deadline },
  })
  return { nonce, signature }
}
