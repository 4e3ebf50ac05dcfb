import { existsSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { calibrateProver } from '@assay/circuits/calibrateProver'
import { chooseProver, type ProverKind } from '@assay/circuits/chooseProver'
import { estimateProof, proofSizeOf } from '@assay/circuits/estimateProof'
import type { MarketClient, Network } from '@assay/sdk/deployment'
import { localChainIds } from '@assay/sdk/developmentAccounts'
import { explainError } from '@assay/sdk/errors'
import type { Address } from 'viem'
import { getBlock, getChainId, getCode } from 'viem/actions'
import { verifyDeployment } from './verifyDeployment.ts'

/** One thing to look at; `look` gives what was found in a few words, and throws what is wrong with what to do. */
export type Check = { name: string; look: () => Promise<string> | string }

/** What a check found. */
export type Finding = { name: string; ok: boolean; detail: string }

/** Oldest Node that runs TypeScript as it stands. */
const minNodeMajor = 24
const maxSkewSeconds = 30
// Several blocks of any chain that the market is meant for.
const maxBlockAgeSeconds = 300
/** Of LeNet-5 as a bound model. */
const lenetConstraints = 89_376
/** Below this a download of a model or a setup may not fit. */
const minFreeBytes = 2 ** 30
const serviceTimeoutMs = 10_000

/** The chain at the network's URL is another one. */
export class ChainDiffersError extends Error {
  override readonly name = 'ChainDiffersError'
  readonly actual: number
  readonly expected: number

  constructor({ url, actual, expected }: { url: string; actual: number; expected: number }) {
    super(`${url} serves chain ${actual} and the network file names ${expected}; correct its rpcUrl or chainId.`)
    this.actual = actual
    this.expected = expected
  }
}

/** The network file names a contract where no code is. */
export class CodeAbsentError extends Error {
  override readonly name = 'CodeAbsentError'
  readonly contract: string
  readonly address: Address

  constructor({ contract, address }: { contract: string; address: Address }) {
    super(`There is no code of ${contract} at ${address}; take the network file of this chain's deployment.`)
    this.contract = contract
    this.address = address
  }
}

/** This machine's clock and the chain's latest block are too far apart. Positive when the block is ahead. */
export class ClockSkewedError extends Error {
  override readonly name = 'ClockSkewedError'
  readonly aheadSeconds: number

  constructor({ aheadSeconds }: { aheadSeconds: number }) {
    super(
      aheadSeconds > 0
        ? `The latest block is ${aheadSeconds} s ahead of this machine's clock; set the clock, with NTP for instance.`
        : `The latest block is ${-aheadSeconds} s old; use a chain node that follows the chain, or set this machine's clock.`,
    )
    this.aheadSeconds = aheadSeconds
  }
}

/** A content service does not answer as one. */
export class ServiceUnfitError extends Error {
  override readonly name = 'ServiceUnfitError'
  readonly url: string

  constructor({ url, reason, member }: { url: string; reason: string; member: string }, options?: ErrorOptions) {
    super(`${url} ${reason}; start that service, or correct the network file's ${member}.`, options)
    this.url = url
  }
}

/** The disk of a folder is nearly full. Sizes in bytes. */
export class DiskShortError extends Error {
  override readonly name = 'DiskShortError'
  readonly folder: string
  readonly free: number

  constructor({ folder, free }: { folder: string; free: number }) {
    super(`${megabytes(free)} are free for ${folder} and ${megabytes(minFreeBytes)} are needed; make room on its disk.`)
    this.folder = folder
    this.free = free
  }
}

/** Node is too old. */
export class NodeOldError extends Error {
  override readonly name = 'NodeOldError'
  readonly version: string

  constructor({ version }: { version: string }) {
    super(`Node is ${version}; install Node ${minNodeMajor} or later.`)
    this.version = version
  }
}

/** Makes checks one after the other, as one of them may ask for a passphrase; a check that throws has failed. */
export async function runChecks(checks: readonly Check[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { name, look } of checks) {
    try {
      findings.push({ name, ok: true, detail: await look() })
    } catch (error) {
      findings.push({ name, ok: false, detail: explainError(error) })
    }
  }
  return findings
}

/** @throws ChainDiffersError, viem's errors */
export async function checkChain(client: MarketClient, { chainId, rpcUrl }: Network): Promise<string> {
  const actual = await getChainId(client)
  if (actual !== chainId) throw new ChainDiffersError({ url: rpcUrl, actual, expected: chainId })
  return `chain ${actual} answers at ${rpcUrl}`
}

/**
 * Looks for code at every address of the network file, and compares it where artifacts are.
 * @throws CodeAbsentError, the errors of {@link verifyDeployment}
 */
export async function checkDeployment(
  client: MarketClient,
  { network, artifacts }: { network: Network; artifacts: string },
): Promise<string> {
  if (existsSync(artifacts)) {
    const contracts = await verifyDeployment(client, { network, artifacts })
    return `${contracts.length} contracts are what ${artifacts} holds`
  }
  const named = Object.entries(network.addresses)
  for (const [contract, address] of named) {
    if (address !== undefined && (await getCode(client, { address })) === undefined) {
      throw new CodeAbsentError({ contract, address })
    }
  }
  return `${named.length} contracts have code; not compared, as there is no folder ${artifacts} (npx hardhat build)`
}

/**
 * Compares this machine's clock with the latest block. A local chain stands still between transactions and may be set ahead, so
 * there the difference is only told.
 * @throws ClockSkewedError
 */
export async function checkClock(
  client: MarketClient,
  { chainId, nowSeconds = Math.floor(Date.now() / 1000) }: { chainId: number; nowSeconds?: number },
): Promise<string> {
  const { timestamp } = await getBlock(client, { blockTag: 'latest' })
  const aheadSeconds = Number(timestamp) - nowSeconds
  const isApart = aheadSeconds > maxSkewSeconds || aheadSeconds < -maxBlockAgeSeconds
  if (isApart && !localChainIds.includes(chainId)) throw new ClockSkewedError({ aheadSeconds })
  const apart = aheadSeconds > 0 ? `${aheadSeconds} s ahead of this clock` : `${-aheadSeconds} s old by this clock`
  return `the latest block is ${apart}`
}

/** @throws ServiceUnfitError */
export async function checkContentApi({ contentApiUrl }: Network, signal: AbortSignal): Promise<string> {
  const url = `${contentApiUrl}/api/v0/version`
  const response = await ask({ url, member: 'contentApiUrl', method: 'POST' }, signal)
  await response.body?.cancel()
  if (!response.ok) throw new ServiceUnfitError({ url, reason: `answers ${response.status}`, member: 'contentApiUrl' })
  return `${contentApiUrl} takes content`
}

/**
 * Asks the gateway for a block. Whether it has that one does not matter; that it fails, does.
 * @throws ServiceUnfitError
 */
export async function checkGateway({ gatewayUrl }: Network, signal: AbortSignal): Promise<string> {
  // The empty block, as the worker's probe asks for it: no gateway needs anybody else for it.
  const url = `${gatewayUrl}/ipfs/bafkqaaa?format=raw`
  const response = await ask({ url, member: 'gatewayUrl', method: 'GET' }, signal)
  await response.body?.cancel()
  if (response.status >= 500) {
    throw new ServiceUnfitError({ url, reason: `answers ${response.status}`, member: 'gatewayUrl' })
  }
  return `${gatewayUrl} answers`
}

/** @throws DiskShortError */
export function checkDisk(folder: string, freeBytes = freeBytesOf(folder)): string {
  if (freeBytes < minFreeBytes) throw new DiskShortError({ folder, free: freeBytes })
  return `${megabytes(freeBytes)} are free for ${folder}`
}

/** @throws NodeOldError */
export function checkNode(version = process.versions.node): string {
  if (Number(version.split('.')[0]) < minNodeMajor) throw new NodeOldError({ version })
  return `Node ${version}`
}

/**
 * Measures the prover that is used by a few small proofs, and says what a model of LeNet-5's size takes with it and would with the other.
 * @throws as startResidentProver
 */
export async function checkProver(signal: AbortSignal, calibrate = calibrateProver): Promise<string> {
  const { kind, detail } = await chooseProver()
  const speed = await calibrate({ kind }, signal)
  const seconds = (of: ProverKind) => {
    const { warmMs } = estimateProof(proofSizeOf(lenetConstraints), { ...speed, kind: of })
    return (warmMs / 1000).toFixed(1)
  }
  const other = kind === 'native' ? 'snarkjs' : 'native'
  return `${detail}: a proof of LeNet-5's size takes about ${seconds(kind)} s; ${other} would take ${seconds(other)} s`
}

async function ask(
  { url, member, method }: { url: string; member: string; method: string },
  signal: AbortSignal,
): Promise<Response> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(serviceTimeoutMs)])
  try {
    return await fetch(url, { method, signal: stop })
  } catch (cause) {
    signal.throwIfAborted()
    throw new ServiceUnfitError({ url, reason: 'does not answer', member }, { cause })
  }
}

/** Of the disk on which the folder is, or will be. */
function freeBytesOf(folder: string): number {
  let place = resolve(folder)
  while (!existsSync(place)) place = dirname(place)
  const { bavail, bsize } = statfsSync(place)
  return bavail * bsize
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`
}
