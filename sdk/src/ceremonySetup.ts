import { checkProvingKey } from '@assay/circuits/checkProvingKey'
import { checkSetup, expectServes, SetupInvalidError, transcriptOf } from '@assay/circuits/checkSetup'
import { compile } from '@assay/circuits/compile'
import type { ExactGraph } from '@assay/circuits/exactGraph'
import { decodeGraph, graphId } from '@assay/circuits/graphFile'
import { hashPieces } from '@assay/circuits/hashPieces'
import { sampleInput } from '@assay/circuits/intervals'
import { ceremonyFileOf, type Phase1, readPhase1Power } from '@assay/circuits/phase1File'
import { encodeR1cs } from '@assay/circuits/r1cs'
import type { SetupTranscript } from '@assay/circuits/setupTranscript'
import { verificationKeyFromZkey } from '@assay/circuits/verificationKey'
import { verify } from '@assay/circuits/verify'
import { prepareWitness } from '@assay/circuits/witness'
import { encodeWitness } from '@assay/circuits/wtns'
import { expectContributions, expectSame, readCeremonyKey } from './ceremonyKey.ts'
import type { CeremonyRecord } from './ceremonyRecord.ts'
import { ProofRefusedError, readProof, type SnarkjsAnswer } from './checkProof.ts'
import type { PreparedWitness } from './prepareProof.ts'
import type { SampleProof } from './publishModel.ts'

/** Somebody's phase-1 file is another than the one on which a ceremony stands. */
export class Phase1MismatchError extends Error {
  override readonly name = 'Phase1MismatchError'
  readonly file: string
  readonly fact: string

  constructor({ file, fact, expected }: { file: string; fact: string; expected: Phase1 }) {
    const { name, power } = expected
    const wanted = name === 'local' ? `the owner's own, for 2^${power} rows` : name
    super(`${file} is not the phase-1 file of this ceremony: ${fact}; choose the one that it began with (${wanted}).`)
    this.file = file
    this.fact = fact
  }
}

// Of a prepared file, as `readPhase1Power` asks of its sections; its contributions come to some fifty kilobytes.
const bytesPerRow = 1152
const mostOtherBytes = 2 ** 20

/**
 * Refuses a file that is too large to be a ceremony's phase 1, before it is read.
 * @throws Phase1MismatchError
 */
export function expectPhase1Size(
  { phase1 }: Pick<CeremonyRecord, 'phase1'>,
  { name, size }: { name: string; size: number },
): void {
  if (size <= bytesPerRow * 2 ** phase1.power + mostOtherBytes) return
  throw new Phase1MismatchError({ file: name, fact: `it has ${(size / 1e6).toFixed(2)} MB`, expected: phase1 })
}

/**
 * Takes a phase-1 file's bytes only if they are those that a ceremony's record names, by power and hash; a name other than `local`
 * has to be that of the perpetual-powers-of-tau ceremony's own table.
 * @param file.name by which an error names it
 * @throws Phase1MismatchError it is another file
 * @throws BinFileInvalidError it is none that is prepared for phase 2; CeremonyMismatchError: the record gives a file a false name
 */
export async function acceptPhase1(
  { phase1 }: Pick<CeremonyRecord, 'phase1'>,
  { name, bytes, pause }: { name: string; bytes: Uint8Array; pause: () => Promise<unknown> },
  signal?: AbortSignal,
): Promise<Phase1> {
  const { power, blake2b } = phase1
  const wrong = (fact: string) => new Phase1MismatchError({ file: name, fact, expected: phase1 })
  if (phase1.name !== 'local') {
    expectSame({ what: 'phase 1', actual: phase1.name, expected: ceremonyFileOf(blake2b) ?? 'a file of any ceremony' })
  }
  const own = readPhase1Power((offset, length) => bytes.subarray(offset, offset + length), bytes.length)
  if (own !== power) throw wrong(`it serves 2^${own} rows instead of 2^${power}`)
  const hash = await hashPieces({ bytes, algorithm: 'blake2b512', pause }, signal)
  if (hash !== blake2b)
    throw wrong(`its BLAKE2b-512 begins with ${hash.slice(0, 16)} instead of ${blake2b.slice(0, 16)}`)
  return phase1
}

/**
 * Reads the graph of a ceremony from its file's bytes.
 * @throws CeremonyMismatchError it is not the one that will be published; GraphInvalidError
 */
export function readCeremonyGraph({ manifest }: CeremonyRecord, bytes: Uint8Array): ExactGraph {
  const graph = decodeGraph(bytes)
  expectSame({ what: 'graph', actual: graphId(graph), expected: manifest.graphId })
  return graph
}

/** The files that `snarkjs zkey verify` compares. */
export type SetupFiles = { r1cs: Uint8Array; phase1: Uint8Array; zkey: Uint8Array }

/** What {@link verifyCeremonyKey} compares. */
export type CeremonySetup = {
  graph: ExactGraph
  phase1: { is: Phase1; bytes: Uint8Array }
  zkey: Uint8Array
  /** derives the circuit's first key from the phase-1 file and compares: what is wrong, or undefined, as snarkjs says it */
  derive: (files: SetupFiles) => Promise<string | undefined>
  /** awaited between pieces of the check, so that whatever shares the thread gets its turn */
  pause: () => Promise<unknown>
}

/**
 * Checks a ceremony's whole setup, as `verifySetup` of circuits does, where there is no file system: all facts, and the same transcript.
 * @throws SetupInvalidError naming the fact; CeremonyMismatchError: the key's contributions are others than the record's
 * @throws BinFileInvalidError, ZkeyInvalidError, ContributionInvalidError, Phase1TooSmallError, and the errors of a verification key
 */
export async function verifyCeremonyKey(
  record: Pick<CeremonyRecord, 'contributions'>,
  { graph, phase1, zkey, derive, pause }: CeremonySetup,
  signal?: AbortSignal,
): Promise<SetupTranscript> {
  const zkeyPath = 'the sealed key'
  const read = (offset: number, length: number) => zkey.subarray(offset, offset + length)
  const header = await checkProvingKey({ name: zkeyPath, fileLength: zkey.length, read, pause }, signal)
  const key = { zkeyPath, header, record: await readCeremonyKey(zkey) }
  expectContributions(record, key.record)
  const r1cs = compile(graph)
  checkSetup(r1cs, key)
  expectServes(phase1.is, r1cs)
  await pause()
  const r1csBytes = encodeR1cs(r1cs)
  const zkeySha256 = await hashPieces({ bytes: zkey, algorithm: 'sha256', pause }, signal)
  const r1csSha256 = await hashPieces({ bytes: r1csBytes, algorithm: 'sha256', pause }, signal)
  const fault = await derive({ r1cs: r1csBytes, phase1: phase1.bytes, zkey })
  if (fault !== undefined) throw new SetupInvalidError({ zkeyPath, fact: `snarkjs refuses it (${fault})` })
  return transcriptOf({ phase1: phase1.is, r1csSha256, zkeySha256, key })
}

/**
 * The witness of a sample, of which the registry wants to see a proof.
 * @throws GraphInvalidError
 */
export function prepareSample(graph: ExactGraph): PreparedWitness {
  const { witness, signals } = prepareWitness(graph)({ input: sampleInput(graph), binding: 0n })
  return { wtns: encodeWitness(witness), signals }
}

/**
 * Takes a sample's proof only if it is of the expected public signals and verifies with the proving key's own verification key.
 * @throws ProofRefusedError, ProofFormatError
 */
export function acceptSample({
  zkey,
  signals,
  answer,
}: {
  zkey: Uint8Array
  signals: bigint[]
  answer: SnarkjsAnswer
}): SampleProof {
  const proof = readProof(signals, answer)
  if (!verify(verificationKeyFromZkey(zkey), signals, proof)) {
    throw new ProofRefusedError('the key that was sealed says that it does not hold')
  }
  return { proof, signals }
}
