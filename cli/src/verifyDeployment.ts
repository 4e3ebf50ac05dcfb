import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { MarketClient, Network } from '@assay/sdk/deployment'
import { type Hex, isAddressEqual, parseAbi } from 'viem'
import { getCode, readContract } from 'viem/actions'

/** What the market was built with, by its getter. */
const ties = {
  answers: 'marketAnswers',
  exits: 'marketExits',
  modelRegistry: 'modelRegistry',
  workerRegistry: 'workerRegistry',
  authority: 'accessManager',
} as const satisfies Record<string, keyof Network['addresses']>

const tieAbi = parseAbi([
  'function answers() view returns (address)',
  'function exits() view returns (address)',
  'function modelRegistry() view returns (address)',
  'function workerRegistry() view returns (address)',
  'function authority() view returns (address)',
])

/** What of Hardhat's artifact is compared. */
type Artifact = {
  deployedBytecode: Hex
  immutableReferences?: Record<string, readonly { start: number; length: number }[]>
}

/** A contract of the network file, and the artifact that it should be. */
export type CheckedContract = { name: string; address: Hex }

/** A contract on the chain is not what this checkout compiles. */
export class CodeDiffersError extends Error {
  override readonly name = 'CodeDiffersError'
  readonly contract: string
  readonly address: Hex

  constructor({ contract, address }: { contract: string; address: Hex }) {
    super(`${contract} at ${address} is not the code that the artifacts hold; do not use this deployment.`)
    this.contract = contract
    this.address = address
  }
}

/** The market works with another contract than the network file names, so comparing the named one's code says nothing. */
export class TieDiffersError extends Error {
  override readonly name = 'TieDiffersError'
  readonly contract: string

  constructor({ contract, actual, named }: { contract: string; actual: Hex; named: Hex | undefined }) {
    super(
      `The market uses ${contract} at ${actual} and the network file names ${named ?? 'none'}; do not use this deployment.`,
    )
    this.contract = contract
  }
}

/** There is not exactly one artifact of a contract. */
export class ArtifactMissingError extends Error {
  override readonly name = 'ArtifactMissingError'
  readonly contract: string

  constructor({ contract, folder, count }: { contract: string; folder: string; count: number }) {
    super(
      `There are ${count} artifacts of ${contract} in ${folder} and one is needed; build with \`npx hardhat build\`.`,
    )
    this.contract = contract
  }
}

/**
 * Compares the code of each contract in a network file with its artifact, immutables aside, for a constructor writes those;
 * of these, the market's own are compared with the file's addresses.
 * @param artifacts Hardhat's artifacts folder
 * @returns the contracts that are as they should be, which is all of them
 * @throws CodeDiffersError naming the first contract that differs or is absent
 * @throws TieDiffersError naming the first contract that the market does not use
 * @throws ArtifactMissingError
 */
export async function verifyDeployment(
  client: MarketClient,
  { network, artifacts }: { network: Pick<Network, 'addresses'>; artifacts: string },
): Promise<CheckedContract[]> {
  const checked: CheckedContract[] = []
  for (const [member, address] of Object.entries(network.addresses)) {
    if (address === undefined) continue
    const name = nameOf(member)
    const { deployedBytecode, immutableReferences } = readArtifact(artifacts, name)
    const code = (await getCode(client, { address })) ?? '0x'
    if (masked(code, immutableReferences) !== masked(deployedBytecode, immutableReferences)) {
      throw new CodeDiffersError({ contract: name, address })
    }
    checked.push({ name, address })
  }

  for (const [getter, member] of Object.entries(ties)) {
    const named = network.addresses[member]
    // Object.entries of a constant keeps its keys.
    const functionName = getter as keyof typeof ties
    const actual = await readContract(client, { address: network.addresses.jobMarket, abi: tieAbi, functionName })
    if (named === undefined || !isAddressEqual(actual, named)) {
      throw new TieDiffersError({ contract: nameOf(member), actual, named })
    }
  }
  return checked
}

/** A contract is named as its member of the network file, with a capital. */
function nameOf(member: string): string {
  return `${member.charAt(0).toUpperCase()}${member.slice(1)}`
}

function readArtifact(folder: string, contract: string): Artifact {
  const found = globSync(`**/${contract}.json`, { cwd: folder })
  const file = found[0]
  if (file === undefined || found.length > 1) throw new ArtifactMissingError({ contract, folder, count: found.length })
  // Hardhat wrote the file.
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Artifact
}

/** The code with every immutable's place zeroed; of code that is too short, the places beyond its end are left out. */
function masked(code: Hex, references: Artifact['immutableReferences'] = {}): string {
  const bytes = Buffer.from(code.slice(2), 'hex')
  for (const { start, length } of Object.values(references).flat()) bytes.subarray(start, start + length).fill(0)
  return bytes.toString('hex')
}
