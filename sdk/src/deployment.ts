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
import * as z from 'zod/v4/mini'
import { checkSchema } from './checkSchema.ts'

const addressSchema = z.pipe(
  z.string().check(z.regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address')),
  // The pattern above is exactly viem's Address.
  z.transform((text: string) => text as Address),
)
const urlSchema = z.pipe(
  z.url({ protocol: /^https?$/ }),
  z.transform((url: string) => url.replace(/\/+$/, '')),
)

/** What a network file must hold; see {@link Network}. */
export const networkSchema = z.object({
  name: z.string().check(z.minLength(1), z.maxLength(64)),
  chainId: z.int().check(z.positive()),
  rpcUrl: urlSchema,
  contentApiUrl: urlSchema,
  gatewayUrl: urlSchema,
  appUrl: urlSchema,
  /** where people look up accounts and transactions: `<explorerUrl>/address/…`, `<explorerUrl>/tx/…` */
  explorerUrl: z.optional(urlSchema),
  /** where workers take signed orders: `POST <url>/orders` */
  orderDeskUrls: z.optional(z.array(urlSchema).check(z.maxLength(16))),
  /** the market's project at a WalletConnect relay, for wallets on another device; `relayUrl` is of WebSockets */
  walletConnect: z.optional(z.object({ projectId: z.string(), relayUrl: z.url({ protocol: /^wss?$/ }) })),
  deploymentBlock: z.int().check(z.nonnegative()),
  addresses: z.object({
    jobMarket: addressSchema,
    modelRegistry: addressSchema,
    workerRegistry: addressSchema,
    proofVerifier: addressSchema,
    proofAssurance: addressSchema,
    marketAnswers: z.optional(addressSchema),
    marketExits: z.optional(addressSchema),
    optimisticAssurance: z.optional(addressSchema),
    auditAssurance: z.optional(addressSchema),
    quorumAssurance: z.optional(addressSchema),
    resultRegistry: z.optional(addressSchema),
    modelStats: z.optional(addressSchema),
    marketLens: z.optional(addressSchema),
    accessManager: z.optional(addressSchema),
    pauseSwitch: z.optional(addressSchema),
    ownerAccount: z.optional(addressSchema),
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

/** The network file does not describe a {@link Network}. */
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
  return checkSchema({ schema: networkSchema, value: json }, (fault) => new NetworkInvalidError(fault))
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
