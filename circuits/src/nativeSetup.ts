import { resolve } from 'node:path'
import { bn254 } from '@noble/curves/bn254.js'
import type { DomainKind } from './domain.ts'
import { runLimited } from './limitedProcess.ts'
import { beaconRandom, challengePoint } from './nativeContribution.ts'
import type { Phase1Source } from './phase1.ts'
import { type G1Point, type G2Point, g1Generator } from './points.ts'
import { type SnarkjsLimits, threadsOf } from './runSnarkjs.ts'
import { readContributionRecord } from './zkeyContributions.ts'

// snarkjs hashes a circuit on a larger domain by pieces of so many points and reads beyond the last.
const piecePoints = 2 ** 14

/** Whether the native program derives a circuit's first key as snarkjs does: not where that reads beyond the phase-1 file's powers. */
export function derivesNatively({ domainSize, power }: { domainSize: number; power: number }): boolean {
  return domainSize <= piecePoints || domainSize < 2 ** power
}

/** What {@link runNativeSetup} is told. */
export type NativeSetup = {
  program: string
  /** `first-key` writes the key at `zkeyPath`; `check-setup` compares the one there */
  command: 'first-key' | 'check-setup'
  /** a file in `cwd` */
  r1cs: string
  phase1: Phase1Source
  zkeyPath: string
  domain: DomainKind
  cwd: string
  outputBytes: number
  limits: SnarkjsLimits
}

/**
 * Runs a command of the native program on a circuit and a phase-1 file (node only).
 * @throws ProcessFailedError with its words, LimitExceededError, or the signal's reason
 */
export async function runNativeSetup(
  { program, command, r1cs, phase1, zkeyPath, domain, cwd, outputBytes, limits }: NativeSetup,
  signal?: AbortSignal,
): Promise<void> {
  const threads = threadsOf(limits)
  const { memoryMb, wallSeconds } = limits
  await runLimited(
    {
      command: program,
      args: [command, r1cs, resolve(phase1.path), resolve(zkeyPath), domain, String(threads)],
      cwd,
      limits: { memoryMb, wallSeconds, cpuSeconds: wallSeconds * threads, outputBytes, threads },
    },
    signal,
  )
}

/**
 * Checks by pairings that every contribution in a key's record multiplied delta by a secret its contributor knew, and that a beacon's
 * secret is what its value gives (node only). `readContributions` checks the rest of the record.
 * @returns what is wrong; undefined when nothing is
 */
export function findChainFault(zkeyPath: string): string | undefined {
  const { links, contributions } = readContributionRecord(zkeyPath)
  let before = g1Generator
  for (const [index, { after, base, multiple, g2Multiple, transcript }] of links.entries()) {
    const named = `contribution ${index + 1}`
    const challenge = challengePoint(transcript)
    if (!isSameRatio({ base, multiple, challenge, g2Multiple })) return `${named} does not know its secret`
    if (!isSameRatio({ base: before, multiple: after, challenge, g2Multiple })) {
      return `${named} does not multiply the delta before it`
    }
    const { beacon } = contributions[index] ?? {}
    if (beacon !== undefined) {
      const random = beaconRandom(beacon)
      const secret = random.scalar()
      const drawn = random.g1()
      const expected = bn254.G1.Point.fromAffine(drawn).multiply(secret).toAffine()
      const isDrawn = drawn.x === base.x && drawn.y === base.y
      if (!isDrawn || expected.x !== multiple.x || expected.y !== multiple.y) return `${named} is not of its beacon`
    }
    before = after
  }
  return undefined
}

/** Whether `multiple` is to `base` as `g2Multiple` is to `challenge`. */
function isSameRatio(points: { base: G1Point; multiple: G1Point; challenge: G2Point; g2Multiple: G2Point }): boolean {
  const { G1, G2, fields, pairingBatch } = bn254
  const product = pairingBatch([
    { g1: G1.Point.fromAffine(points.base), g2: G2.Point.fromAffine(points.g2Multiple) },
    { g1: G1.Point.fromAffine(points.multiple).negate(), g2: G2.Point.fromAffine(points.challenge) },
  ])
  return fields.Fp12.eql(product, fields.Fp12.ONE)
}
