import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import type { NetworkConnection } from 'hardhat/types/network'
import { readParameters } from './readParameters.ts'

/** Where a market stands on a chain; `deploymentBlock` is the first block that can hold one of its events. */
export type AssayDeployment = {
  jobMarket: `0x${string}`
  /** The code that the market runs on its own storage. */
  marketAnswers: `0x${string}`
  marketExits: `0x${string}`
  modelRegistry: `0x${string}`
  workerRegistry: `0x${string}`
  proofVerifier: `0x${string}`
  proofAssurance: `0x${string}`
  optimisticAssurance: `0x${string}`
  auditAssurance: `0x${string}`
  quorumAssurance: `0x${string}`
  resultRegistry: `0x${string}`
  modelStats: `0x${string}`
  marketLens: `0x${string}`
  accessManager: `0x${string}`
  pauseSwitch: `0x${string}`
  /** The account of several signers that owns the market, where the network's parameters ask for one. */
  ownerAccount?: `0x${string}`
  deploymentBlock: number
}

/** The chain did not answer, so nothing was deployed. */
export class ChainUnreachableError extends Error {
  override readonly name = 'ChainUnreachableError'
  readonly rpcUrl: string

  constructor({ rpcUrl, cause }: { rpcUrl: string; cause: unknown }) {
    super(`No chain answers at ${rpcUrl}; start one there or name another with --rpc-url.`, { cause })
    this.rpcUrl = rpcUrl
  }
}

/** The chain is not a local one, so the local parameters, whose treasury is a public development key, are refused. */
export class ParametersNeededError extends Error {
  override readonly name = 'ParametersNeededError'
  readonly chainId: number

  constructor({ chainId }: { chainId: number }) {
    super(`Chain ${chainId} is not a local one (31337 or 1337); name its parameters with --parameters <file>.`)
    this.chainId = chainId
  }
}

const defaultRpcUrl = 'http://127.0.0.1:8545'
/** Ignition parameters of a local chain. */
export const localParameters = fileURLToPath(new URL('./parameters/localhost.json', import.meta.url))

/**
 * Deploys the market to a chain whose node holds the deployer's account (its first one), through the Ignition module.
 * Builds the contracts first when their artifacts are stale.
 * @param rpcUrl JSON-RPC URL; default 127.0.0.1:8545
 * @param parametersPath Ignition parameters; default those of a local chain
 * @param journal folder that Ignition resumes from; default a fresh one, so that everything is deployed anew
 * @throws ChainUnreachableError when nothing answers at `rpcUrl`
 * @throws ParametersNeededError when the chain is not a local one and no parameters are named
 */
export async function deployAssay({
  rpcUrl = defaultRpcUrl,
  parametersPath = localParameters,
  journal: named,
}: {
  rpcUrl?: string
  parametersPath?: string
  journal?: string
} = {}): Promise<AssayDeployment> {
  // Ignition resumes from its journal, which is wrong on a chain that starts anew each time: unless one is named, it lives as long as this call.
  const journal = named ?? mkdtempSync(join(tmpdir(), 'assay-deploy-'))
  const hre = await loadHardhat(journal)
  const connected = async <T>(use: (connection: NetworkConnection) => Promise<T>): Promise<T> => {
    const connection = await hre.network.create({ network: 'localhost', override: { url: rpcUrl } })
    return use(connection).finally(() => connection.close())
  }
  try {
    const answer = await connected(({ provider }) => provider.request({ method: 'eth_chainId' })).catch(
      (cause: unknown) => {
        throw new ChainUnreachableError({ rpcUrl, cause })
      },
    )
    checkLocal({ parametersPath, chainId: Number(answer) })
    await hre.tasks.getTask('build').run({ quiet: true, noTests: true })
    // Another connection: one that was idle through a build may be closed by the node just when it is used again.
    return await connected((connection) => deployOn(connection, parametersPath, journal))
  } finally {
    if (named === undefined) rmSync(journal, { recursive: true })
  }
}

/**
 * Deploys the market on an open Hardhat connection; for tests and tasks. Run again with a journal, it goes on where it stopped.
 * Parameters with a salt give each contract an address that depends on the salt, its code and its arguments, never on the deployer's nonce (CreateX).
 * @param parametersPath Ignition parameters; default those of a local chain
 * @param journal Hardhat's Ignition folder; a simulated chain inside the process keeps none
 */
export async function deployOn(
  connection: NetworkConnection,
  parametersPath = localParameters,
  journal?: string,
): Promise<AssayDeployment> {
  const { localOwnerModule } = await import('./modules/AssayLocalOwner.ts')
  const { ownerModule } = await import('./modules/AssayOwner.ts')
  const head = await connection.provider.request({ method: 'eth_blockNumber' })
  const parameters = readParameters(parametersPath)
  const salt = parameters.Deterministic?.salt
  const options = {
    parameters: parametersPath,
    config: { blockPollingInterval: 25, requiredConfirmations: 1 },
    ...(salt !== undefined && { strategy: 'create2' as const, strategyConfig: { salt } }),
  }
  const contracts =
    parameters.AssayOwner === undefined
      ? { ...(await connection.ignition.deploy(localOwnerModule, options)), ownerAccount: undefined }
      : await connection.ignition.deploy(ownerModule, options)

  const addressOf = async (contract: { getAddress(): Promise<string> }) =>
    // Ignition's contracts are typed by ethers, whose addresses are plain strings.
    (await contract.getAddress()) as `0x${string}`
  return {
    jobMarket: await addressOf(contracts.jobMarket),
    marketAnswers: await addressOf(contracts.marketAnswers),
    marketExits: await addressOf(contracts.marketExits),
    modelRegistry: await addressOf(contracts.modelRegistry),
    workerRegistry: await addressOf(contracts.workerRegistry),
    proofVerifier: await addressOf(contracts.proofVerifier),
    proofAssurance: await addressOf(contracts.proofAssurance),
    optimisticAssurance: await addressOf(contracts.optimisticAssurance),
    auditAssurance: await addressOf(contracts.auditAssurance),
    quorumAssurance: await addressOf(contracts.quorumAssurance),
    resultRegistry: await addressOf(contracts.resultRegistry),
    modelStats: await addressOf(contracts.modelStats),
    marketLens: await addressOf(contracts.marketLens),
    accessManager: await addressOf(contracts.accessManager),
    pauseSwitch: await addressOf(contracts.pauseSwitch),
    ...(contracts.ownerAccount !== undefined && { ownerAccount: await addressOf(contracts.ownerAccount) }),
    deploymentBlock: (await firstBlock(connection, journal)) ?? Number(head) + 1,
  }
}

/** The block of the journal's first transaction: a run that goes on where another stopped began before it. */
async function firstBlock(connection: NetworkConnection, journal?: string): Promise<number | undefined> {
  if (journal === undefined || connection.networkConfig.type === 'edr-simulated') return undefined
  const { listTransactions } = await import('@nomicfoundation/ignition-core')
  const chainId = Number(await connection.provider.request({ method: 'eth_chainId' }))
  // Listing transactions takes a resolver and asks it for nothing.
  const resolver = {} as Parameters<typeof listTransactions>[1]
  const transactions = await listTransactions(join(journal, 'deployments', `chain-${chainId}`), resolver)
  const blocks = await Promise.all(
    transactions.map(
      async ({ txHash }) => (await connection.ethers.provider.getTransactionReceipt(txHash))?.blockNumber,
    ),
  )
  const mined = blocks.filter((block) => block !== undefined)
  return mined.length === 0 ? undefined : Math.min(...mined)
}

/**
 * Keeps the local parameters, whose treasury is a public development key, off other chains.
 * @throws ParametersNeededError when the chain is not a local one and the parameters are
 */
export function checkLocal({ parametersPath, chainId }: { parametersPath: string; chainId: number }): void {
  if (parametersPath === localParameters && chainId !== 31_337 && chainId !== 1_337) {
    throw new ParametersNeededError({ chainId })
  }
}

/** Loads Hardhat from this repository, wherever the process was started. */
async function loadHardhat(journal: string): Promise<HardhatRuntimeEnvironment> {
  const { createHardhatRuntimeEnvironment } = await import('hardhat/hre')
  const { default: config } = await import('../hardhat.config.ts')
  return createHardhatRuntimeEnvironment(
    { ...config, paths: { ...config.paths, ignition: journal } },
    {},
    fileURLToPath(new URL('..', import.meta.url)),
  )
}

async function main() {
  const { values } = parseArgs({
    options: { 'rpc-url': { type: 'string' }, parameters: { type: 'string' }, out: { type: 'string' } },
  })
  if (values.parameters !== undefined && !existsSync(values.parameters)) {
    throw new Error(
      `There is no parameter file ${values.parameters}; deploy/parameters/localhost.json shows what one holds.`,
    )
  }
  const deployment = await deployAssay({
    ...(values['rpc-url'] !== undefined && { rpcUrl: values['rpc-url'] }),
    ...(values.parameters !== undefined && { parametersPath: values.parameters }),
  })

  const json = `${JSON.stringify(deployment, null, 2)}\n`
  if (values.out !== undefined) writeFileSync(values.out, json)
  process.stdout.write(json)
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
}
