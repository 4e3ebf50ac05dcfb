import { beaconRandom } from './ceremonyRandom.ts'
import type { ProverKind } from './chooseProver.ts'
import { addContribution } from './contribute.ts'
import { type Contribution, isUsableBeacon, mostIterationsExp } from './contributionRecord.ts'
import type { SnarkjsLimits } from './runSnarkjs.ts'

/** A beacon's value or its number of iterations cannot be used. */
export class BeaconInvalidError extends Error {
  override readonly name = 'BeaconInvalidError'
  readonly hash: string
  readonly iterationsExp: number

  constructor({ hash, iterationsExp }: { hash: string; iterationsExp: number }) {
    super(
      `The beacon is ${hash} with 2^${iterationsExp} iterations; it must be 32 bytes in hexadecimal, such as a block's hash, with 2^10 to 2^${mostIterationsExp}.`,
    )
    this.hash = hash
    this.iterationsExp = iterationsExp
  }
}

/** What {@link applyBeacon} is told. */
export type BeaconOptions = {
  /** the key as the last contributor left it; it is not changed */
  zkeyPath: string
  /** where the sealed key goes, in place of what is there */
  outPath: string
  /** hash of a block that was not known when the last contribution was made */
  blockHash: `0x${string}`
  /** says where to look the value up, such as `block 21000000 of chain 1`; 1 to 64 printable characters */
  name: string
  /** SHA-256 is applied 2^iterationsExp times, 10 … 24; default 10 */
  iterationsExp?: number
  limits?: SnarkjsLimits
  /** as in `contribute` */
  program?: ProverKind
}

/**
 * Seals a key's phase 2 with a random beacon, which anyone can recompute, by a separate program (node only), the native one or snarkjs (GPL-3.0): it takes from the last contributor the choice among outcomes.
 * Warning: announce the block's number before the last contribution. A value somebody could wait for or choose seals nothing.
 * @throws {@link BeaconInvalidError}, and all that `contribute` throws
 */
export async function applyBeacon(options: BeaconOptions, signal?: AbortSignal): Promise<Contribution> {
  const { blockHash, iterationsExp = 10, name } = options
  const hash = blockHash.replace(/^0x/, '').toLowerCase()
  if (!isUsableBeacon({ hash, iterationsExp })) throw new BeaconInvalidError({ hash, iterationsExp })
  const args = (from: string, to: string) => ['zkey', 'beacon', from, to, hash, String(iterationsExp), `--name=${name}`]
  const beacon = { hash, iterationsExp }
  return addContribution(options, { args, random: () => beaconRandom(beacon), beacon }, signal)
}
