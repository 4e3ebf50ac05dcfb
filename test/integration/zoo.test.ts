import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { circuitCost } from '@assay/circuits/circuitCost'
import { compile } from '@assay/circuits/compile'
import { evaluate } from '@assay/circuits/evaluate'
import { graphId } from '@assay/circuits/graphFile'
import { graphSignals } from '@assay/circuits/intervals'
import { measureAnswers } from '@assay/circuits/measureAnswers'
import { checkNativeWitnesses } from '@assay/circuits/nativeWitness'
import { packOutput } from '@assay/circuits/packing'
import { quantize, quantizeInput } from '@assay/circuits/quantize'
import { findViolation } from '@assay/circuits/r1cs'
import { computeWitness } from '@assay/circuits/witness'
import { draftManifest } from '@assay/sdk/draftManifest'
import { encodeInput } from '@assay/sdk/encodeInput'
import { quantizeZoo } from '../../scripts/exactModels.ts'
import { listZoo, loadZoo } from '../../scripts/zoo/loadZoo.ts'

const snapshotFile = new URL('../fixtures/constraints.snapshot.json', import.meta.url)
/** Held-out inputs whose whole witness is held against the constraints. */
const witnesses = 3
/** Greatest growth of the mean squared error of a model that names no class. */
const errorGrowth = 1.01

describe('the zoo', () => {
  for (const { name } of listZoo()) {
    const zoo = loadZoo(name)
    const { float, quantized } = quantizeZoo(zoo)
    const { graph } = quantized

    it(`behavior: ${name} loses at most 0.5 points of accuracy, or 1 % of its error, on its held-out data`, () => {
      const { accuracy, error, difference } = measureAnswers({ float, quantized }, zoo.samples)

      if (zoo.task === 'classification') {
        assert.ok(accuracy && accuracy.exact >= accuracy.float - 0.005, `accuracy ${JSON.stringify(accuracy)}`)
      } else if (zoo.task === 'regression') {
        assert.ok(error && error.exact <= error.float * errorGrowth, `error ${JSON.stringify(error)}`)
      } else assert.ok(difference < 0.05, `difference ${difference}`)
    })

    const byDefault = quantize(float, { calibration: zoo.calibration })
    if (zoo.task === 'classification' && graphId(byDefault.graph) !== graphId(graph)) {
      it(`behavior: ${name} loses at most 0.5 points at the default bits of an input too`, () => {
        const { accuracy } = measureAnswers({ float, quantized: byDefault }, zoo.samples)

        assert.ok(accuracy && accuracy.exact >= accuracy.float - 0.005, `accuracy ${JSON.stringify(accuracy)}`)
      })
    }

    it(`invariant: ${name}: the witness satisfies every constraint, carries the evaluated outputs, and is the native prover’s too`, () => {
      const r1cs = compile(graph)
      const { output } = graphSignals(graph)
      const inputs = zoo.samples.slice(0, witnesses).map(({ values }) => quantizeInput(values, quantized))
      checkNativeWitnesses(
        graph,
        inputs.map((input) => ({ input, binding: 7n })),
      )
      for (const input of inputs) {
        const { witness, signals } = computeWitness(graph, { input, binding: 7n })

        assert.equal(findViolation(r1cs, witness), undefined)
        if (!output.isHashed) assert.deepEqual(signals.slice(0, -2), packOutput(evaluate(graph, input), output))
      }
      const { constraints, wires, domain } = circuitCost(r1cs)
      checkSnapshot(`${name}.onnx`, { constraints, wires, domain })
    })
  }
})

describe('a table whose columns have their own scales', () => {
  it('invariant: the sdk encodes an input from the manifest as the model was quantized', async () => {
    const zoo = loadZoo('xgboost')
    const { quantized } = quantizeZoo(zoo)
    const setup = { kind: 'insecure-dev', contributions: 0, transcriptHash: `0x${'0'.repeat(64)}` } as const
    const source = { graphId: graphId(quantized.graph), signals: graphSignals(quantized.graph), constraints: 1 }
    const { input } = draftManifest({ ...source, quantized, setup }, { name: 'Tumours' })
    for (const { values } of zoo.samples.slice(0, 20)) {
      const encoded = await encodeInput(input, values)

      assert.deepEqual(encoded.values, quantizeInput(values, quantized))
    }
    assert.equal(input.grid?.scales.length, 30)
  })
})

/** Compares with the snapshot of `npm run bench:circuits`; UPDATE_SNAPSHOTS=1 writes it anew. */
function checkSnapshot(file: string, counts: { constraints: number; wires: number; domain: number }): void {
  const known: Record<string, unknown> = JSON.parse(readFileSync(snapshotFile, 'utf8'))
  if (process.env.UPDATE_SNAPSHOTS === '1') {
    writeFileSync(snapshotFile, `${JSON.stringify({ ...known, [file]: counts }, undefined, 2)}\n`)
    return
  }
  assert.deepEqual(counts, known[file])
}
