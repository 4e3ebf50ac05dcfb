import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { MarketClient, Network } from '@assay/sdk/deployment'
import type { Hex } from 'viem'
import { getCode } from 'viem/actions'

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
 * Compares the code of each contract in a network file with its artifact, immutables aside, for a constructor writes those.
 * @param artifacts Hardhat's artifacts folder
 * @returns the contracts that are as they should be, which is all of them
 * @throws CodeDiffersError naming the first contract that differs or is absent
 * @throws ArtifactMissingError
 */
export async function verifyDeployment(
  client: MarketClient,
  { network, artifacts }: { network: Pick<Network, 'addresses'>; artifacts: string },
): Promise<CheckedContract[]> {
  const checked: CheckedContract[] = []
  for (const [member, address] of Object.entries(network.addresses)) {
    if (address === undefined) continue
    const name = `${member.charAt(0).toUpperCase()}${member.slice(1)}`
    const { deployedBytecode, immutableReferences } = readArtifact(artifacts, name)
    const code = (await getCode(client, { address })) ?? '0x'
    if (masked(code, immutableReferences) !== masked(deployedBytecode, immutableReferences)) {
      throw new CodeDiffersError({ contract: name, address })
    }
    checked.push({ name, address })
  }
  return checked
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
