// One step of ours on one model, as a process of its own that runOurs.ts measures from outside:
//
//   node scripts/benchPeers/ourStep.ts <setup|witness|prove|again|verify> <folder> <model.onnx>
//
// The folder holds what the steps leave for each other.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeGraph } from '@assay/circuits/graphFile'
import { prepareModel } from '@assay/circuits/prepareModel'
import { decodeProofBytes, encodeProofBytes } from '@assay/circuits/proof'
import { prove } from '@assay/circuits/prove'
import { quantizeInput } from '@assay/circuits/quantize'
import { startResidentProver } from '@assay/circuits/residentProver'
import { decodeVerificationKey } from '@assay/circuits/verificationKey'
import { verify } from '@assay/circuits/verify'
import { computeWitness } from '@assay/circuits/witness'
import { encodeWitness } from '@assay/circuits/wtns'
import { loadMnist } from '../mnist.ts'
import { processorSecondsOf } from './measureProcess.ts'
import { typical } from './peerMeasure.ts'

/** What the steps leave for each other, by its file in the folder. */
const files = {
  graph: 'graph.bin',
  input: 'input.bin',
  key: 'vk.bin',
  proof: 'proof.bin',
  facts: 'facts.json',
  signals: 'signals.json',
  witness: 'witness.wtns',
  again: 'again.json',
}

const calibrationCount = 1_000
const binding = 1n
const againCount = 5

/** Import, quantization, constraints, development keys and a first proof that verifies. */
async function setUp(folder: string, model: string) {
  const { train, heldOut } = loadMnist()
  const digit = heldOut[0]
  if (digit === undefined) throw new RangeError('There is no held-out digit.')
  const calibration = train.slice(0, calibrationCount).map(({ pixels }) => pixels)
  const prepared = await prepareModel({ onnx: readFileSync(model), calibration, cacheFolder: folder })
  const input = quantizeInput(digit.pixels, prepared.quantized)
  writeFileSync(join(folder, files.graph), prepared.graph)
  writeFileSync(join(folder, files.input), new Uint8Array(input.buffer, input.byteOffset, input.byteLength))
  writeFileSync(join(folder, files.key), prepared.verificationKeyBytes)
  writeFileSync(
    join(folder, files.facts),
    JSON.stringify({ constraints: prepared.constraints, zkeyPath: prepared.zkeyPath }),
  )
}

/** The witness of a held-out digit, for a prover that is run by itself. */
function makeWitness(folder: string) {
  writeFileSync(join(folder, files.witness), encodeWitness(readWitness(folder)))
}

/** Witness and proof of a held-out digit, as a worker makes them: in a limited process. */
async function makeProof(folder: string) {
  const { zkeyPath }: { zkeyPath: string } = JSON.parse(readFileSync(join(folder, files.facts), 'utf8'))
  const { proof, signals } = await prove({ prover: 'snarkjs', zkeyPath, witness: readWitness(folder) })
  writeFileSync(join(folder, files.proof), encodeProofBytes(proof))
  writeFileSync(join(folder, files.signals), JSON.stringify(signals.map(String)))
}

/** Proofs one after the other with the key in memory, each verified: what the median one took, the first not counted. */
async function proveAgain(folder: string) {
  const { zkeyPath }: { zkeyPath: string } = JSON.parse(readFileSync(join(folder, files.facts), 'utf8'))
  const witness = readWitness(folder)
  const prover = await startResidentProver({ prover: 'snarkjs', zkeyPath })
  await prover.prove(witness)
  const measures = []
  for (let run = 0; run < againCount; run++) {
    const started = performance.now()
    const before = processorSecondsOf(process.pid)
    await prover.prove(witness)
    const cpuSeconds = processorSecondsOf(process.pid) - before
    measures.push({
      seconds: (performance.now() - started) / 1000,
      cpuSeconds: before === 0 ? undefined : cpuSeconds,
      peakBytes: undefined,
    })
  }
  await prover.close()
  writeFileSync(join(folder, files.again), JSON.stringify(typical(measures)))
}

function readWitness(folder: string): bigint[] {
  const graph = decodeGraph(readFileSync(join(folder, files.graph)))
  const input = new Int32Array(Uint8Array.from(readFileSync(join(folder, files.input))).buffer)
  return computeWitness(graph, { input, binding }).witness
}

/** The proof against the verification key alone. */
function checkProof(folder: string) {
  const key = decodeVerificationKey(readFileSync(join(folder, files.key)))
  const signals: string[] = JSON.parse(readFileSync(join(folder, files.signals), 'utf8'))
  const proof = decodeProofBytes(readFileSync(join(folder, files.proof)))
  if (!verify(key, signals.map(BigInt), proof)) throw new Error('The proof does not verify.')
}

async function main([step, folder, model]: string[]) {
  if (folder === undefined || model === undefined || !existsSync(model))
    throw new Error(
      'Usage: node scripts/benchPeers/ourStep.ts <setup|witness|prove|again|verify> <folder> <model.onnx>.',
    )
  if (step === 'setup') await setUp(folder, model)
  else if (step === 'witness') makeWitness(folder)
  else if (step === 'prove') await makeProof(folder)
  else if (step === 'again') await proveAgain(folder)
  else if (step === 'verify') checkProof(folder)
  else throw new Error(`There is no step ${JSON.stringify(step)}; use setup, witness, prove, again or verify.`)
}

try {
  await main(process.argv.slice(2))
  // Worker threads of the setup may still wait for work.
  process.exit(0)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
