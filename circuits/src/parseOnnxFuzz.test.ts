import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { listOnnxCases } from '../../scripts/onnxCases.ts'
import { fakeOnnx, smallChain } from './fakeOnnx.ts'
import {
  DynamicShapeError,
  OnnxFileError,
  OnnxLimitError,
  TensorShapeError,
  UnsupportedModelError,
  UnsupportedOperatorError,
  WeightNotFiniteError,
} from './onnxErrors.ts'
import { parseOnnx } from './parseOnnx.ts'

describe('parseOnnx on hostile bytes', () => {
  const typed = [
    DynamicShapeError,
    OnnxFileError,
    OnnxLimitError,
    TensorShapeError,
    UnsupportedModelError,
    UnsupportedOperatorError,
    WeightNotFiniteError,
  ]
  const small = {
    bytes: 2 ** 20,
    messages: 10_000,
    integers: 10_000,
    floats: 2 ** 18,
    elements: 2 ** 18,
    weights: 2 ** 18,
    work: 2 ** 22,
  }
  const onlyTyped = (bytes: Uint8Array) => {
    try {
      parseOnnx(bytes, { limits: small })
    } catch (error) {
      if (!typed.some((kind) => error instanceof kind)) throw error
    }
  }
  const model = Uint8Array.from(readFileSync(new URL('../../test/fixtures/models/mnist-cnn.onnx', import.meta.url)))
  // without its weights, so that changes hit names, shapes and attributes
  const bare = fakeOnnx(smallChain)

  it('invariant: random bytes give a typed error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), onlyTyped), { numRuns: 2_000, seed: 1 })
  })

  it('invariant: a truncated model gives a typed error', () => {
    fc.assert(
      fc.property(fc.nat({ max: model.length - 1 }), (length) => {
        assert.throws(() => parseOnnx(model.subarray(0, length)), OnnxFileError)
      }),
      { numRuns: 2_000, seed: 2 },
    )
  })

  it('invariant: flipped bits in a model of any operator give a graph or a typed error', () => {
    const models = listOnnxCases().flatMap(({ runs }) => runs.map((run) => run.model))
    const changes = fc.tuple(
      fc.nat({ max: models.length - 1 }),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1, maxLength: 3 }),
    )
    fc.assert(
      fc.property(changes, ([index, places]) => {
        const changed = Uint8Array.from(models[index] ?? [])
        for (const place of places) {
          const bit = Math.floor(place * changed.length * 8)
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        }
        onlyTyped(changed)
      }),
      { numRuns: 20_000, seed: 4 },
    )
  })

  for (const [title, bytes] of [
    ['a real model', model],
    ['a model of few weights', bare],
  ] as const) {
    it(`invariant: flipped bits in ${title} give a graph or a typed error`, () => {
      const flips = fc.array(fc.nat({ max: bytes.length * 8 - 1 }), { minLength: 1, maxLength: 4 })
      fc.assert(
        fc.property(flips, (bits) => {
          const changed = Uint8Array.from(bytes)
          for (const bit of bits) changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
          onlyTyped(changed)
        }),
        { numRuns: 2_000, seed: 3 },
      )
    })
  }
})
