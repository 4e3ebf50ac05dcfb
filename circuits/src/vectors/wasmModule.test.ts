import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { choose, forLoop, i32, signed, unsigned, v128 } from './wasmCode.ts'
import { encodeWasmModule, type WasmFunction, wasmFunction } from './wasmModule.ts'

/** Runs a function without parameters on a memory that holds the values, and returns what is there afterwards. */
function runOn(values: number[], code: WasmFunction['code'], locals: WasmFunction['locals'] = []): number[] {
  const memory = new WebAssembly.Memory({ initial: 1 })
  const view = new Int32Array(memory.buffer)
  view.set(values)
  const module = new WebAssembly.Module(encodeWasmModule({ functions: [{ parameters: [], locals, code }], pages: 1 }))
  const { exports } = new WebAssembly.Instance(module, { host: { memory } })
  // the only export
  const run = exports.run as () => void
  run()
  return [...view.subarray(0, values.length)]
}

describe('wasmCode', () => {
  it('behavior: writes integers as LEB128, the examples of the DWARF standard', () => {
    assert.deepEqual([2, 127, 128, 129, 12857].map(unsigned), [[2], [127], [128, 1], [129, 1], [0xb9, 0x64]])
    assert.deepEqual([2, -2, 127, -127, 128, -128, 129, -129].map(signed), [
      [2],
      [0x7e],
      [0xff, 0],
      [0x81, 0x7f],
      [0x80, 1],
      [0x80, 0x7f],
      [0x81, 1],
      [0xff, 0x7e],
    ])
  })

  it('invariant: constants of all sizes come back', () => {
    for (const value of [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31), 123456789, -987654321]) {
      assert.deepEqual(runOn([5], i32.store(i32.const(0), i32.const(value))), [value])
    }
  })

  it('behavior: a loop runs while its index is below the end, and not at all where it begins there', () => {
    const count = (from: number, to: number, step: number) => {
      const sum = i32.store(i32.const(0), i32.add(i32.load(i32.const(0)), i32.const(1)))
      return runOn([0], forLoop({ index: 0, from: i32.const(from), to: i32.const(to), step }, sum), ['i32'])[0]
    }

    assert.deepEqual([count(0, 3, 1), count(0, 0, 1), count(5, 3, 1), count(1, 6, 2)], [3, 0, 0, 3])
  })

  it('behavior: a condition chooses a value', () => {
    const pick = (condition: number) =>
      i32.store(i32.const(0), choose(i32.const(condition), { yes: i32.const(10), no: i32.const(20) }))

    assert.deepEqual([runOn([0], pick(1)), runOn([0], pick(0))], [[10], [20]])
  })

  it('behavior: vectors work on four numbers at once', () => {
    const [x, z] = [v128.load(i32.const(0)), v128.load(i32.const(16))]
    const input = [1, -2, 3, -4, 10, 20, -30, -40]

    assert.deepEqual(runOn(input, v128.store(i32.const(0), v128.mul32(x, z))).slice(0, 4), [10, -40, -90, 160])
    assert.deepEqual(runOn(input, v128.store(i32.const(0), v128.max32(x, z))).slice(0, 4), [10, 20, 3, -4])
    const first = i32.store(i32.const(0), v128.lane32(z, 2))
    assert.deepEqual(runOn(input, first)[0], -30)
  })
})

describe('wasmFunction', () => {
  it('behavior: numbers parameters first, then locals in the order in which they were added', () => {
    const made = wasmFunction(['a', 'b'], (p, addLocals) => {
      const l = addLocals('i32', ['c'])
      const { d } = addLocals('v128', ['d'])
      assert.deepEqual([p.a, p.b, l.c, d], [0, 1, 2, 3])
      return []
    })

    assert.deepEqual(made, { parameters: ['a', 'b'], locals: ['i32', 'v128'], code: [] })
  })
})
