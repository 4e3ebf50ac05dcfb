import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { fixtureModels, type ModelMeasure, measureModels } from '../../scripts/measureModels.ts'

const snapshotFile = new URL('../fixtures/constraints.snapshot.json', import.meta.url)

describe('fixture models on 1,000 held-out digits', () => {
  let measures: ModelMeasure[]

  before(async () => {
    measures = await measureModels(fixtureModels, { digits: 1000 })
  })

  it('invariant: the witness outputs equal the exact graph bit for bit', () => {
    for (const { witnessEqual, digits, satisfied, satisfiedOf } of measures) {
      assert.equal(digits, 1000)
      assert.equal(witnessEqual, digits)
      assert.equal(satisfied, satisfiedOf)
      assert.ok(satisfiedOf > 0)
    }
  })

  it('behavior: the exact graph loses at most 0.5 points against the float model', () => {
    for (const { file, exactAccuracy, floatAccuracy } of measures) {
      assert.ok(exactAccuracy >= floatAccuracy - 0.005, `${file}: exact ${exactAccuracy}, float ${floatAccuracy}`)
    }
  })

  it('invariant: constraints are those of the snapshot; UPDATE_SNAPSHOTS=1 writes it anew', () => {
    const counts = Object.fromEntries(
      measures.map(({ file, constraints, wires, domain }) => [file, { constraints, wires, domain }]),
    )
    // `npm run bench:circuits` compares those of the other models.
    const known: Record<string, unknown> = JSON.parse(readFileSync(snapshotFile, 'utf8'))

    if (process.env.UPDATE_SNAPSHOTS === '1') {
      writeFileSync(snapshotFile, `${JSON.stringify({ ...known, ...counts }, undefined, 2)}\n`)
    }

    assert.deepEqual({ ...known, ...counts }, JSON.parse(readFileSync(snapshotFile, 'utf8')))
  })
})
