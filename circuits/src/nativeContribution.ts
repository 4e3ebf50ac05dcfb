import { bn254 } from '@noble/curves/bn254.js'
import { elementBytes, putElement, viewOf } from './binFile.ts'
import { type CeremonyRandom, challengePoint } from './ceremonyRandom.ts'
import { type Beacon, type ContributionRecord, g1Uncompressed } from './contributionRecord.ts'
import { runLimited } from './limitedProcess.ts'
import type { G1Point, G2Point } from './points.ts'
import { readProvingKey } from './prove.ts'
import { type SnarkjsLimits, threadsOf } from './runSnarkjs.ts'
import { encodePoint } from './zkey.ts'
import { readContributionRecord } from './zkeyContributions.ts'

/** What {@link contributeNatively} is told: the secret is drawn from `random`, and a beacon's record says which it was. */
export type NativeContribution = {
  program: string
  zkeyPath: string
  /** a file that does not exist yet */
  outPath: string
  name: string
  random: CeremonyRandom
  beacon?: Beacon
  cwd: string
  outputBytes: number
  limits: SnarkjsLimits
}

/**
 * Adds one contribution to a key's phase 2 (node only): the record and delta here, the points by the native program. The file is
 * what snarkjs writes of the same secret, byte for byte.
 * @throws LimitExceededError, ProcessFailedError: the program refused the key, or was stopped; or the signal's reason
 */
export async function contributeNatively(
  { program, zkeyPath, outPath, name, random, beacon, cwd, outputBytes, limits }: NativeContribution,
  signal?: AbortSignal,
): Promise<void> {
  const { delta1, delta2 } = readProvingKey(zkeyPath)
  const secret = random.scalar()
  const after = { g1: multiplyG1(delta1, secret), g2: multiplyG2(delta2, secret) }
  const added = encodeContribution(readContributionRecord(zkeyPath), { secret, after: after.g1, random, name, beacon })
  const factor = new Uint8Array(elementBytes)
  putElement(viewOf(factor), 0, secret)
  const threads = threadsOf(limits)
  const { memoryMb, wallSeconds } = limits
  await runLimited(
    {
      command: program,
      args: ['contribute', zkeyPath, outPath, String(threads)],
      cwd,
      // On standard input, because other users of the machine read command lines.
      input: Buffer.concat([factor, encodePoint(after.g1), encodePoint(after.g2), added]),
      limits: { memoryMb, wallSeconds, cpuSeconds: wallSeconds * threads, outputBytes, threads },
    },
    signal,
  )
}

/** The record with one contribution more: what it proves of its secret, and its parameters. */
function encodeContribution(
  { bytes, published, contributions }: ContributionRecord,
  {
    secret,
    after,
    random,
    name,
    beacon,
  }: { secret: bigint; after: G1Point; random: CeremonyRandom; name: string; beacon: Beacon | undefined },
): Uint8Array {
  const base = random.g1()
  const multiple = multiplyG1(base, secret)
  const transcript = published.clone().update(g1Uncompressed(base)).update(g1Uncompressed(multiple)).digest()
  const parameters = encodeParameters(name, beacon)
  const ends = Buffer.alloc(8)
  ends.writeUInt32LE(beacon === undefined ? 0 : 1, 0)
  ends.writeUInt32LE(parameters.length, 4)
  const points = [after, base, multiple, multiplyG2(challengePoint(transcript), secret)].map(encodePoint)
  const record = Buffer.concat([bytes, ...points, transcript, ends, parameters])
  record.writeUInt32LE(contributions.length + 1, 64)
  return record
}

/** Parameters as `readContributions` reads them: 1 name, 2 exponent of the beacon's iterations, 3 its hash. */
function encodeParameters(name: string, beacon: Beacon | undefined): Uint8Array {
  const text = Buffer.from(name)
  const parts = [Uint8Array.of(1, text.length), text]
  if (beacon !== undefined) {
    const hash = Buffer.from(beacon.hash, 'hex')
    parts.push(Uint8Array.of(2, beacon.iterationsExp, 3, hash.length), hash)
  }
  return Buffer.concat(parts)
}

function multiplyG1(point: G1Point, scalar: bigint): G1Point {
  const { x, y } = bn254.G1.Point.fromAffine(point).multiply(scalar).toAffine()
  return { x, y }
}

function multiplyG2(point: G2Point, scalar: bigint): G2Point {
  const { x, y } = bn254.G2.Point.fromAffine(point).multiply(scalar).toAffine()
  return { x, y }
}
