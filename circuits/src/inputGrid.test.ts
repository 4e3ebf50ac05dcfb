import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FloatGraph, FloatTreeEnsemble } from './floatGraph.ts'
import { columnGrid, onGrid } from './inputGrid.ts'

const columns = 3

function fakeTable(overrides: Partial<FloatGraph> = {}): FloatGraph {
  return {
    input: { name: 'x', shape: [1, columns], type: 'float' },
    output: { name: 'y', shape: [1, columns], type: 'float' },
    constants: new Map(),
    nodes: [
      {
        ...{ op: 'unary', function: 'relu', alpha: 0, beta: 0, name: 'relu', inputs: ['x'], output: 'y' },
        ...{ shape: [1, columns], type: 'float' },
      },
    ],
    ...overrides,
  }
}

function fakeTrees(threshold: number): FloatTreeEnsemble {
  const branch = { feature: 1, relation: 'lessOrEqual', threshold, yes: -1, no: -2 } as const
  return {
    ...{ op: 'treeEnsemble', name: 'trees', inputs: ['x'], output: 'y', shape: [1, 1], type: 'float' },
    ...{ trees: [{ root: 0, branches: [branch], leaves: [[], []] }], aggregate: 'sum', base: [0] },
  }
}

describe('columnGrid', () => {
  it('behavior: columns of like ranges, images and whole numbers keep one scale', () => {
    const calibration = [Float32Array.of(0, 1, 2), Float32Array.of(3, 0.5, -2)]

    assert.equal(columnGrid(fakeTable(), { calibration }), undefined)
    const unlike = [Float32Array.of(0, 0, 0), Float32Array.of(1, 5000, 1)]
    const image = fakeTable({ input: { name: 'x', shape: [1, 1, 3, 1], type: 'float' } })
    assert.equal(columnGrid(image, { calibration: unlike }), undefined)
    const tokens = fakeTable({ input: { name: 'x', shape: [1, 3], type: 'integer' } })
    assert.equal(columnGrid(tokens, { calibration: unlike }), undefined)
    assert.equal(columnGrid(fakeTable(), { calibration: unlike, columnScales: false }), undefined)
  })

  it('behavior: columns of unlike ranges get scales of their own, and whole numbers stay whole', () => {
    const calibration = [Float32Array.of(1900, 0, -0.5), Float32Array.of(2026, 120_000, 0.5)]

    const { grid, bits } = columnGrid(fakeTable(), { calibration, inputBits: 8 }) ?? assert.fail('no grid')

    assert.equal(bits, 8)
    const exact = onGrid(Float32Array.of(1984, 60_000, 0.25), { ...grid, lo: 0, hi: 255 })
    const reals = Array.from(exact, (q, at) => (q + (grid.zeros[at] ?? 0)) * 2 ** -(grid.scales[at] ?? 0))
    assert.deepEqual(reals, [1984, 60_416, 0.25])
    // all of the range and an eighth more at both ends
    const ends = onGrid(Float32Array.of(1885, 134_000, 0.6), { ...grid, lo: 0, hi: 255 })
    assert.ok(Array.from(ends).every((q) => q > 0 && q < 255))
  })

  it('behavior: where trees read the input, the grid holds every threshold', () => {
    const calibration = [Float32Array.of(0, 0.25, 0), Float32Array.of(1, 0.5, 1)]

    const { grid, bits } = columnGrid(fakeTable({ nodes: [fakeTrees(7)] }), { calibration }) ?? assert.fail('no grid')

    assert.equal(bits, 5)
    const [, below = 0] = onGrid([0, 6.5, 0], { ...grid, lo: 0, hi: 31 })
    const [, above = 0] = onGrid([0, 7.5, 0], { ...grid, lo: 0, hi: 31 })
    assert.ok(below < above)
  })

  it('behavior: thresholds that no value comes near leave the grid as it is', () => {
    const calibration = [Float32Array.of(0, 0.25, 0), Float32Array.of(1, 0.5, 1)]
    const gridOf = (...thresholds: number[]) =>
      columnGrid(fakeTable({ nodes: thresholds.map(fakeTrees) }), { calibration })

    assert.deepEqual(gridOf(0.375, 1e30, -3e38), gridOf(0.375))
  })

  it('behavior: a zero is where the integers that trees compare with end in as many ones as can be', () => {
    const calibration = Array.from({ length: 10 }, (_, value) => Float32Array.of(value / 9, value, 0))
    const trees = [0.5, 2.5, 6.5].map((threshold) => fakeTrees(threshold))

    const { grid, bits } = columnGrid(fakeTable({ nodes: trees }), { calibration }) ?? assert.fail('no grid')

    assert.equal(bits, 12)
    const [scale = 0, zero = 0] = [grid.scales[1], grid.zeros[1]]
    assert.equal(scale, 8)
    assert.deepEqual(
      [0.5, 2.5, 6.5].map((threshold) => (threshold * 2 ** scale - zero) % 2 ** scale),
      [255, 255, 255],
    )
    const exact = onGrid([0, 9, 0], { ...grid, lo: 0, hi: 4095 })
    assert.equal(((exact[1] ?? 0) + zero) * 2 ** -scale, 9)
  })

  it('behavior: bits are those that hold the calibration inputs exactly, up to 12', () => {
    const bitsOf = (...values: number[]) => {
      const calibration = values.map((value) => Float32Array.of(value, 0, 1))
      return columnGrid(fakeTable({ nodes: [fakeTrees(0.5)] }), { calibration })?.bits
    }

    assert.equal(bitsOf(0, 1), 1)
    assert.equal(bitsOf(0, 7), 3)
    assert.equal(bitsOf(1920, 2023), 7)
    assert.equal(bitsOf(0, 0.0625, 1), 5)
    assert.equal(bitsOf(0, 0.1), 12)
    assert.equal(bitsOf(0, 1_000_000), 12)
  })

  it('behavior: a column that never changes has room between 0 and its value', () => {
    const calibration = [Float32Array.of(0, 3, 1000)]

    const { grid } =
      columnGrid(fakeTable(), { calibration, inputBits: 4, columnScales: true }) ?? assert.fail('no grid')

    assert.deepEqual(grid.scales, [0, 2, -6])
    assert.deepEqual(grid.zeros, [0, 0, 0])
  })
})
