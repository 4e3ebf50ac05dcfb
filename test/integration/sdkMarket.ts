import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PreparedModel } from '@assay/circuits/prepareModel'
import type { OrderTerms } from '@assay/sdk/buildOrder'
import { addContent } from '@assay/sdk/content'
import type { MarketClient } from '@assay/sdk/deployment'
import { type EncodedInput, encodeInput } from '@assay/sdk/encodeInput'
import { registerWorker } from '@assay/sdk/registerWorker'
import { requestJob } from '@assay/sdk/requestJob'
import { type Abi, type Address, createClient, custom, type Hex, parseEther } from 'viem'
import { deployContract, waitForTransactionReceipt } from 'viem/actions'
import { type LocalChain, startLocalChain } from './localChain.ts'
import { prepareTinyModel, publishTinyModel, tinyInput } from './tinyModel.ts'

/** A local chain with the tiny model published by account 3, its input on IPFS, and a staked worker, account 2. */
export type SdkMarket = {
  chain: LocalChain
  prepared: PreparedModel
  modelId: Hex
  input: EncodedInput
  /** Terms of a job of the tiny model. */
  terms: (overrides?: Partial<OrderTerms>) => OrderTerms
  /** Requests a job of the tiny model by account 1. */
  request: (overrides?: Partial<OrderTerms>) => ReturnType<typeof requestJob>
  stop: () => Promise<void>
}

const maxPrice = parseEther('0.01')

/** Starts everything that an action of the SDK needs. */
export async function openSdkMarket(): Promise<SdkMarket> {
  const cacheFolder = mkdtempSync(join(tmpdir(), 'assay-setup-'))
  const chain = await startLocalChain()
  const stop = async () => {
    await chain.stop()
    rmSync(cacheFolder, { recursive: true, force: true })
  }
  try {
    const prepared = await prepareTinyModel(cacheFolder)
    const { model, manifest } = await publishTinyModel(chain, prepared)
    const { modelId } = model
    const input = await encodeInput(manifest.input, tinyInput)
    await addContent({ apiUrl: chain.network.contentApiUrl, bytes: input.bytes })
    await registerWorker(chain.clientOf(2), { deployment: chain.network, stake: parseEther('1') })
    const terms = (overrides = {}) => ({ modelId, input, maxPrice, ...overrides })
    const request = (overrides = {}) =>
      requestJob(chain.clientOf(1), { deployment: chain.network, terms: terms(overrides) })
    return { chain, prepared, modelId, input, terms, request, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Deploys a contract from Hardhat's artifacts. */
export async function deployArtifact(
  client: MarketClient,
  { path, args = [] }: { path: string; args?: unknown[] },
): Promise<Address> {
  const { abi, bytecode } = readArtifact(path)
  const hash = await deployContract(client, { abi, bytecode, args, chain: client.chain ?? null, account: null })
  const { contractAddress } = await waitForTransactionReceipt(client, { hash })
  if (!contractAddress) throw new Error(`${path} was not deployed.`)
  return contractAddress
}

/** ABI and code of a contract, such as `mocks/TokenMock`. */
export function readArtifact(path: string): { abi: Abi; bytecode: Hex; deployedBytecode: Hex } {
  const name = path.split('/').at(-1)
  const file = join(import.meta.dirname, `../../artifacts/contracts/${path}.sol/${name}.json`)
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** What a call throws; fails when it succeeds. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('The call succeeded.')
}

/** A JSON-RPC request. */
export type Request = { method: string; params?: unknown }

/** A client whose requests all pass through a function. */
export function clientThrough(answer: (request: Request) => Promise<unknown>): MarketClient {
  return createClient({ transport: custom({ request: answer }, { retryCount: 0 }) })
}

/** Sends a request on to another client's node. */
export function passOn(client: MarketClient, request: Request): Promise<unknown> {
  // viem types each method's request; a transport passes them on as they are.
  return client.request(request as Parameters<MarketClient['request']>[0])
}
