import {
  type Account,
  type Address,
  type Chain,
  type Client,
  createClient,
  defineChain,
  http,
  type Transport,
} from 'viem'
import { z } from 'zod'

const addressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address')
  // The pattern above is exactly viem's Address.
  .transform((text) => text as Address)
const urlSchema = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))

/** What a network file must hold; see {@link Network}. */
export const networkSchema = z.object({
  name: z.string().min(1).max(64),
  chainId: z.number().int().positive(),
  rpcUrl: urlSchema,
  contentApiUrl: urlSchema,
  gatewayUrl: urlSchema,
  appUrl: urlSchema,
  deploymentBlock: z.number().int().nonnegative(),
  addresses: z.object({
    jobMarket: addressSchema,
    modelRegistry: addressSchema,
    workerRegistry: addressSchema,
    proofVerifier: addressSchema,
    proofAssurance: addressSchema,
    marketAnswers: addressSchema.optional(),
    marketExits: addressSchema.optional(),
    optimisticAssurance: addressSchema.optional(),
    auditAssurance: addressSchema.optional(),
    quorumAssurance: addressSchema.optional(),
    resultRegistry: addressSchema.optional(),
    modelStats: addressSchema.optional(),
    marketLens: addressSchema.optional(),
    accessManager: addressSchema.optional(),
    pauseSwitch: addressSchema.optional(),
    ownerAccount: addressSchema.optional(),
  }),
})

/** One network: its chain, its services, and where the market stands on it. Written to a network file as JSON. */
export type Network = z.infer<typeof networkSchema>

/** The part of a {@link Network} that actions need. `deploymentBlock` is where event searches begin. */
export type Deployment = Pick<Network, 'chainId' | 'deploymentBlock' | 'addresses'>

/** A viem client that actions take: any transport; write actions also need an account. */
export type MarketClient = Client<Transport, Chain | undefined, Account | undefined>

/** The network file names no address for a contract that an action needs. */
export class AddressMissingError extends Error {
  override readonly name = 'AddressMissingError'
  readonly contract: keyof Network['addresses']

  constructor({ contract }: { contract: keyof Network['addresses'] }) {
    super(`The network file has no \`addresses.${contract}\`; add it from the market's address book.`)
    this.contract = contract
  }
}

/** The network file is not what {@link networkSchema} asks for. */
export class NetworkInvalidError extends Error {
  override readonly name = 'NetworkInvalidError'
  readonly path: string

  constructor({ path, reason, cause }: { path: string; reason: string; cause?: unknown }) {
    super(`The network file's \`${path}\` ${reason}; start a devnet with \`npm start\` to write a fresh one.`, {
      cause,
    })
    this.path = path
  }
}

/**
 * Checks a parsed network file.
 * @throws NetworkInvalidError naming the first member that is wrong
 */
export function parseNetwork(json: unknown): Network {
  const parsed = networkSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new NetworkInvalidError({
    path: issue?.path.join('.') || '(whole file)',
    reason: issue?.message ?? 'is invalid',
    cause: parsed.error,
  })
}

/**
 * The address of a contract of the market.
 * @throws AddressMissingError
 */
export function addressIn({ addresses }: Pick<Deployment, 'addresses'>, contract: keyof Network['addresses']): Address {
  const address = addresses[contract]
  if (address === undefined) throw new AddressMissingError({ contract })
  return address
}

/** The network as viem's chain. */
export function chainOf(network: Pick<Network, 'name' | 'chainId' | 'rpcUrl'>): Chain {
  return defineChain({
    id: network.chainId,
    name: network.name,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [network.rpcUrl] } },
  })
}

/** A client of the network over HTTP; with an account it can also send transactions. */
export function connectNetwork(network: Network, account?: Account): MarketClient {
  const base = { chain: chainOf(network), transport: http(network.rpcUrl), pollingInterval: 500 }
  return createClient(account === undefined ? base : { ...base, account })
}
