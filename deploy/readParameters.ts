import { readFileSync } from 'node:fs'

/** Parameters of the account that owns a market; delays in seconds. */
export type OwnerParameters = {
  /** ERC-7913 signers: an address, or a verifier's address followed by a key. */
  signers: string[]
  threshold: number
  guardian: string
  feeDelay: number
  tokenDelay: number
  assuranceDelay: number
  unpauseDelay: number
  adminDelay: number
}

/** What of a parameter file is read beside Ignition, which asks for every member of `Assay` that the module uses. */
export type DeployParameters = {
  Assay: object
  AssayOwner?: OwnerParameters
  /** 32 bytes in hexadecimal: contracts then stand at the same addresses on every chain, whatever the deployer's nonce is. */
  Deterministic?: { salt: string }
}

/** A parameter file would give the owner's delays no meaning. */
export class ParametersInvalidError extends Error {
  override readonly name = 'ParametersInvalidError'
  readonly member: string

  constructor({ path, member, actual, needed }: { path: string; member: string; actual: number; needed: number }) {
    super(`${path}: \`${member}\` is ${actual} and must be at least ${needed}; deploy/parameters/ holds an example.`)
    this.member = member
  }
}

/**
 * Reads a parameter file. The administrator can change every other delay, so its own must not be shorter than any of them.
 * @throws ParametersInvalidError when it is shorter, or one signature is enough
 */
export function readParameters(path: string): DeployParameters {
  // Ignition refuses a file that lacks a member.
  const parameters = JSON.parse(readFileSync(path, 'utf8')) as DeployParameters
  const owner = parameters.AssayOwner
  if (owner === undefined) return parameters

  const longest = Math.max(owner.feeDelay, owner.tokenDelay, owner.assuranceDelay, owner.unpauseDelay)
  const least: ['threshold' | 'adminDelay', number][] = [
    ['threshold', 2],
    ['adminDelay', longest],
  ]
  for (const [member, needed] of least) {
    const actual = owner[member]
    if (!(actual >= needed)) throw new ParametersInvalidError({ path, member: `AssayOwner.${member}`, actual, needed })
  }
  return parameters
}
