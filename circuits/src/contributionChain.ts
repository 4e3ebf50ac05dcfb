import { bn254 } from '@noble/curves/bn254.js'
import { beaconRandom, challengePoint } from './ceremonyRandom.ts'
import type { ContributionRecord } from './contributionRecord.ts'
import { type G1Point, type G2Point, g1Generator } from './points.ts'

/**
 * Checks by pairings that every contribution in a key's record multiplied delta by a secret its contributor knew, and that a beacon's
 * secret is what its value gives. `parseContributionRecord` checks the rest of the record. Some 50 ms for each contribution.
 * @param from the first one that is checked; those before it are believed
 * @returns what is wrong; undefined when nothing is
 */
export function findChainFault(
  { links, contributions }: Pick<ContributionRecord, 'links' | 'contributions'>,
  from = 0,
): string | undefined {
  let before = links[from - 1]?.after ?? g1Generator
  for (const [at, { after, base, multiple, g2Multiple, transcript }] of links.slice(from).entries()) {
    const index = from + at
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
