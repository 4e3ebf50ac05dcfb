import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProverKind } from './chooseProver.ts'
import { devSetup } from './devSetup.ts'
import { estimateProof, type ProofSpeed } from './estimateProof.ts'
import { startResidentProver } from './residentProver.ts'
import { threadsOf } from './runSnarkjs.ts'
import { randomCircuit, seededRandom } from './sampleCircuits.ts'

// Small enough that key and proofs take a second or two, large enough that constraints matter.
const circuit = { rows: 2000, outputs: 1, publicInputs: 1, privateInputs: 20 }
const rounds = 3

/**
 * Measures how fast a prover is on this machine by a few proofs of a circuit of its own, the quickest of which counts (node only).
 * @throws as startResidentProver
 */
export async function calibrateProver(
  { kind, threads = threadsOf({}) }: { kind: ProverKind; threads?: number },
  signal?: AbortSignal,
): Promise<ProofSpeed> {
  const { r1cs, witness } = randomCircuit(seededRandom(1), circuit)
  const { zkey } = await devSetup(r1cs, { threads })
  const folder = await mkdtemp(join(tmpdir(), 'assay-calibrate-'))
  try {
    const zkeyPath = join(folder, 'circuit.zkey')
    await writeFile(zkeyPath, zkey)
    const prover = await startResidentProver({ zkeyPath, prover: kind, limits: { threads } }, signal)
    try {
      let least = Number.POSITIVE_INFINITY
      for (let round = 0; round < rounds; round++) {
        const startedAt = performance.now()
        await prover.prove(witness, signal)
        least = Math.min(least, performance.now() - startedAt)
      }
      const domainSize = 2 ** Math.ceil(Math.log2(circuit.rows + 1))
      const { warmMs } = estimateProof({ wireCount: r1cs.wireCount, domainSize }, { kind, threads, factor: 1 })
      return { kind, threads, factor: least / warmMs }
    } finally {
      await prover.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
