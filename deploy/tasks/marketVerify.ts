import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type VerifyContractArgs, verifyContract } from '@nomicfoundation/hardhat-verify/verify'
import { getVerificationInformation } from '@nomicfoundation/ignition-core'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
// Gives getContractAt the generated types of our contracts.
import type {} from '../../types/ethers/hardhat.d.ts'

const explorers = ['etherscan', 'blockscout', 'sourcify'] as const
type Explorer = (typeof explorers)[number]

/** Nothing was deployed from here to this chain, so its constructor arguments are unknown. */
export class JournalMissingError extends Error {
  override readonly name = 'JournalMissingError'
  readonly folder: string

  constructor({ folder, cause }: { folder: string; cause: unknown }) {
    super(`There is no deployment journal in ${folder}; verify where \`hardhat deploy\` ran.`, { cause })
    this.folder = folder
  }
}

/** The deployment has no contract of a name. */
export class ContractUnknownError extends Error {
  override readonly name = 'ContractUnknownError'
  readonly contract: string

  constructor({ contract }: { contract: string }) {
    super(`The deployment has no contract \`${contract}\`; leave --contract away to verify all of them.`)
    this.contract = contract
  }
}

/** An explorer did not take the source of some contracts. */
export class VerificationFailedError extends Error {
  override readonly name = 'VerificationFailedError'
  readonly contracts: string[]

  constructor({ contracts }: { contracts: string[] }) {
    super(
      `Not verified: ${contracts.join(', ')}; the reasons stand above. Build the commit that was deployed and run again.`,
    )
    this.contracts = contracts
  }
}

/**
 * Publishes the source of each contract of the deployment's journal, and of the two that contracts created, to one explorer.
 * @param only name of the one contract to publish; default all
 * @throws JournalMissingError when nothing was deployed from here to this chain
 * @throws VerificationFailedError naming the contracts whose source the explorer refused, after all were tried
 */
export async function verifyMarket(
  hre: HardhatRuntimeEnvironment,
  { explorer, only = '' }: { explorer: Explorer; only?: string },
): Promise<string[]> {
  const all = await listContracts(hre)
  const contracts = only === '' ? all : all.filter(({ contract }) => contract?.endsWith(`:${only}`))
  if (contracts.length === 0) throw new ContractUnknownError({ contract: only })
  const refused: string[] = []
  for (const contract of contracts) {
    const name = contract.contract ?? contract.address
    try {
      await verifyContract({ ...contract, provider: explorer }, hre)
    } catch (error) {
      // Any refusal is this contract's; the others are tried all the same.
      process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
      refused.push(name)
    }
  }
  if (refused.length > 0) throw new VerificationFailedError({ contracts: refused })
  return contracts.map(({ address }) => address)
}

/** Every contract of the deployment with what its constructor took. */
async function listContracts(hre: HardhatRuntimeEnvironment): Promise<VerifyContractArgs[]> {
  const connection = await hre.network.create()
  try {
    const chainId = Number(await connection.provider.request({ method: 'eth_chainId' }))
    const folder = path.join(hre.config.paths.ignition, 'deployments', `chain-${chainId}`)
    const contracts: VerifyContractArgs[] = []
    try {
      for await (const found of getVerificationInformation(folder)) {
        if (typeof found === 'string') throw new Error(`The journal has no artifact of ${found}.`)
        contracts.push(found)
      }
    } catch (cause) {
      throw new JournalMissingError({ folder, cause })
    }

    // The journal's addresses, by the ids that the module gives.
    const addresses = JSON.parse(readFileSync(path.join(folder, 'deployed_addresses.json'), 'utf8')) as {
      'Assay#JobMarket': string
      'Assay#ModelRegistry': string
    }
    const market = await connection.ethers.getContractAt('JobMarket', addresses['Assay#JobMarket'])
    const models = await connection.ethers.getContractAt('ModelRegistry', addresses['Assay#ModelRegistry'])
    const workers = await connection.ethers.getContractAt('WorkerRegistry', await market.workerRegistry())
    contracts.push(
      {
        address: await market.workerRegistry(),
        contract: 'contracts/WorkerRegistry.sol:WorkerRegistry',
        constructorArgs: [
          addresses['Assay#JobMarket'],
          await workers.minStake(),
          await workers.unbondingSeconds(),
          await workers.stakeToken(),
        ],
      },
      {
        address: await models.commitments(),
        contract: 'contracts/ModelCommitments.sol:ModelCommitments',
        constructorArgs: [addresses['Assay#ModelRegistry'], await models.proofVerifier()],
      },
    )
    return contracts
  } finally {
    await connection.close()
  }
}

/** `hardhat market:verify`: all contracts of this chain's deployment, on one explorer. */
// biome-ignore lint/style/noDefaultExport: Hardhat takes a task's action from the default export
export default async function marketVerify(
  { explorer, contract }: { explorer: string; contract: string },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  const known = explorers.find((name) => name === explorer)
  if (known === undefined) throw new Error(`There is no explorer \`${explorer}\`; use one of ${explorers.join(', ')}.`)
  await hre.tasks.getTask('build').run({ quiet: true, noTests: true })
  const verified = await verifyMarket(hre, { explorer: known, only: contract })
  process.stdout.write(`Verified ${verified.length} contracts on ${known}.\n`)
}
