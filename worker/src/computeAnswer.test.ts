import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { chooseProver, type ProverKind } from '@assay/circuits/chooseProver'
import { compile } from '@assay/circuits/compile'
import { devSetup } from '@assay/circuits/devSetup'
import { everyInstructionGraph } from '@assay/circuits/everyInstruction'
import { encodeGraph, graphId } from '@assay/circuits/graphFile'
import { graphSignals } from '@assay/circuits/intervals'
import { decodeProof } from '@assay/circuits/proof'
import { verify } from '@assay/circuits/verify'
import { computeWitness } from '@assay/circuits/witness'
import { computeAnswer } from './computeAnswer.ts'
import { openComputeTimes } from './computeTimes.ts'
import { createHotPool } from './hotPool.ts'
import type { LoadedModel } from './loadModel.ts'
import { createProverPool } from './proverPool.ts'
import type { InferenceProcess } from './runInference.ts'
import { createSandbox, type Sandbox } from './sandbox/createSandbox.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-compute-answer-'))
const caps = { memoryMb: 2048, wallSeconds: 120 }
const never = new AbortController().signal
const graph = everyInstructionGraph()
const input = Int32Array.from({ length: 12 }, (_, index) => ((index * 11) % 64) - 32)
const { signals } = computeWitness(graph, { input, binding: 7n })
const [outputs, inputCommitment = 0n] = [signals.slice(0, -2), signals.at(-2)]
const { kind, detail } = await chooseProver()
const provers = [
  { proverKind: 'snarkjs', skip: false },
  { proverKind: 'native', skip: kind === 'native' ? false : detail },
] as const
let sandbox: Sandbox
let model: LoadedModel

before(async () => {
  const { zkey, verificationKey } = await devSetup(compile(graph), { threads: 1 })
  const files = { graphPath: join(folder, 'graph'), zkeyPath: join(folder, 'zkey') }
  writeFileSync(files.graphPath, encodeGraph(graph))
  writeFileSync(files.zkeyPath, zkey)
  const limits = { memoryMb: 512, wallSeconds: 60 }
  const read = {
    ...files,
    modelId: graphId(graph),
    signals: graphSignals(graph),
    verificationKey,
    manifest: { limits },
  }
  // Only these parts of a model are read here.
  model = read as unknown as LoadedModel
  sandbox = await createSandbox({ directory: join(folder, 'sandbox') })
})
after(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What computes answers with one of the provers. */
function open(test: TestContext, proverKind: ProverKind) {
  const inference = createHotPool<InferenceProcess>({ kept: 1 })
  const prover = createProverPool(
    { sandbox, caps, kind: proverKind },
    { processes: 1, threads: 1, memoryMb: 1024, tableMb: 0 },
  )
  test.after(() => Promise.all([inference.close(), prover.close()]))
  const parts = {
    ...{ sandbox, inference, caps, proverKind, prover, times: openComputeTimes({ kind: proverKind, threads: 1 }) },
    checks: { verifyProof: async (...asked: Parameters<typeof verify>) => verify(...asked) },
    stage: <T>(_: string, work: () => Promise<T>) => work(),
  }
  const bytes = new Uint8Array(Int32Array.from(input).buffer)
  return (asked: { inputCommitment: bigint; binding: bigint }) =>
    computeAnswer({ model, input: bytes, ...asked }, parts, never)
}

describe('computeAnswer', () => {
  for (const { proverKind, skip } of provers) {
    it(`behavior: ${proverKind} proves what the model answers, again and again`, { skip }, async (test) => {
      const compute = open(test, proverKind)

      for (const binding of [7n, 8n]) {
        const answer = await compute({ inputCommitment, binding })

        assert.deepEqual(answer.outputs, outputs)
        const statement = [...outputs, inputCommitment, binding]
        assert.equal(verify(model.verificationKey, statement, decodeProof(answer.proof)), true)
      }
    })

    it(`error: ${proverKind} gives no proof of another input than the order names`, { skip }, async (test) => {
      const compute = open(test, proverKind)

      await assert.rejects(compute({ inputCommitment: inputCommitment + 1n, binding: 7n }), {
        name: 'JobRefusedError',
        reason: proverKind === 'native' ? 'proving-failed' : 'inference-failed',
      })

      assert.deepEqual((await compute({ inputCommitment, binding: 9n })).outputs, outputs)
    })
  }
})
