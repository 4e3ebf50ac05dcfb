import {
  elementAddress,
  type Kind,
  loadElement,
  roundingParameters,
  roundScalar,
  roundVector,
  splatRounding,
  storeElement,
  storeLanes,
  tableEntry,
} from './rounding.ts'
import { type Code, choose, forLoop, get, i32, set, v128 } from './wasmCode.ts'
import { wasmFunction } from './wasmModule.ts'

/*
 * Sums of products with constant weights. Additions and products wrap modulo 2^32, and the graph's intervals say that the sums
 * fit int32, so the order of the terms and what happens on the way do not matter. Kernels that write whole vectors write past
 * the end of a row: what they overwrite belongs to a later row, which is written after it, or lies behind the tensor, where every
 * tensor has room. Reads past the end of a run meet weights of 0.
 */

/** The tile of {@link matrixKernel}: `rows` positions by 4 · `blocks` outputs. */
export type Tile = { rows: number; blocks: number }

/**
 * Sums of all outputs of a position at once: out[p][o] = round(bias[o] + Σ weight[o][t] · x[read_t(p)]).
 * A step takes four bytes of x, a pair of elements of 16 bits or one of 32. Weights stand by panels of 4 · blocks outputs, by
 * steps, by blocks: four outputs' weights of the step.
 */
export function matrixKernel({ kind, out, tile }: { kind: Kind; out: Kind; tile: Tile }) {
  const unroll = tile.rows === 1 ? 4 : 2
  const own = ['x', 'positions', 'count', 'runs', 'runCount', 'steps', 'weights', 'bias', 'out'] as const
  return wasmFunction([...own, 'rowBytes', 'panels', 'panelBytes', ...roundingParameters], (p, addLocals) => {
    const l = addLocals('i32', ['tile', 'first', 'left', 'panel', 'weight', 'run', 'start', 'step', 'whole'])
    const { read } = addLocals('v128', ['read'])
    const blocks = Array.from({ length: tile.blocks }, () => addLocals('v128', ['weights']).weights)
    const rows = Array.from({ length: tile.rows }, () => ({
      ...addLocals('i32', ['base', 'at', 'out']),
      sums: blocks.map(() => addLocals('v128', ['sum']).sum),
    }))
    const rounding = splatRounding(p, addLocals)
    const multiply = kind === 2 ? v128.dot16 : v128.mul32

    const oneStep = (offset: number): Code => [
      ...blocks.flatMap((weights, block) =>
        set(weights, v128.load(get(l.weight), 16 * (offset * tile.blocks + block))),
      ),
      ...rows.flatMap(({ at, sums }) => [
        ...set(read, v128.load32Splat(get(at), 4 * offset)),
        ...sums.flatMap((sum, block) => set(sum, v128.add32(get(sum), multiply(get(read), get(blocks[block] ?? 0))))),
      ]),
    ]
    const advance = (steps: number): Code => [
      ...set(l.weight, i32.add(get(l.weight), i32.const(16 * tile.blocks * steps))),
      ...rows.flatMap(({ at }) => set(at, i32.add(get(at), i32.const(4 * steps)))),
    ]
    const manySteps = Array.from({ length: unroll }, (_, offset) => oneStep(offset)).flat()
    const oneRun: Code = [
      ...set(l.start, tableEntry(p.runs, get(l.run))),
      ...rows.flatMap(({ base, at }) => set(at, i32.add(get(base), get(l.start)))),
      ...forLoop({ index: l.step, to: get(l.whole), step: unroll }, [...manySteps, ...advance(unroll)]),
      ...forLoop({ index: l.step, from: get(l.whole), to: get(p.steps) }, [...oneStep(0), ...advance(1)]),
    ]
    const onePanel: Code = [
      // from the last panel to the first: a row's end is written before the next row's beginning
      ...set(l.panel, i32.sub(i32.sub(get(p.panels), i32.const(1)), get(l.left))),
      ...set(l.weight, i32.add(get(p.weights), i32.mul(get(l.panel), get(p.panelBytes)))),
      ...rows.flatMap(({ sums }) =>
        sums.flatMap((sum, block) => {
          const address = i32.add(get(p.bias), i32.mul(get(l.panel), i32.const(16 * tile.blocks)))
          return set(sum, v128.load(address, 16 * block))
        }),
      ),
      ...forLoop({ index: l.run, to: get(p.runCount) }, oneRun),
      ...rows.flatMap((row) =>
        storeLanes(out, {
          address: i32.add(get(row.out), i32.mul(get(l.panel), i32.const(4 * tile.blocks * out))),
          vectors: row.sums.map((sum) => roundVector(get(sum), rounding.vectors)),
        }),
      ),
    ]
    const last = i32.sub(get(p.count), i32.const(tile.rows))
    const oneTile: Code = [
      // the last tile may take some rows again
      ...set(l.first, choose(i32.lessThan(get(l.tile), last), { yes: get(l.tile), no: last })),
      ...rows.flatMap((row, index) => {
        const position = i32.add(get(l.first), i32.const(index))
        return [
          ...set(row.base, i32.add(get(p.x), tableEntry(p.positions, position))),
          ...set(row.out, i32.add(get(p.out), i32.mul(position, get(p.rowBytes)))),
        ]
      }),
      ...forLoop({ index: l.left, to: get(p.panels) }, onePanel),
    ]
    return [
      ...rounding.code,
      ...set(l.whole, i32.sub(get(p.steps), i32.and(get(p.steps), i32.const(unroll - 1)))),
      ...forLoop({ index: l.tile, to: get(p.count), step: tile.rows }, oneTile),
    ]
  })
}

/** What a lane of {@link laneKernel} takes of x: one element, or a pair of neighbours of 16 bits. */
export type LaneMode = 'single' | 'pair'

/**
 * Sums whose reads stand side by side as their outputs do: out[p][o] = round(bias[o] + Σ_r weight[o][r] · x[start_p + run_r + o]).
 * Depthwise convolution, average over places, element by element. Weights stand by runs, by blocks of 16 bytes of x.
 */
export function laneKernel({ kind, out, mode }: { kind: Kind; out: Kind; mode: LaneMode }) {
  const lanes = lanesOf({ kind, mode })
  const own = ['x', 'positions', 'count', 'runs', 'runCount', 'blocks', 'weights', 'runBytes', 'bias', 'out'] as const
  return wasmFunction([...own, 'rowBytes', ...roundingParameters], (p, addLocals) => {
    const l = addLocals('i32', ['position', 'base', 'out', 'block', 'at', 'weight', 'run'])
    const { read, weights } = addLocals('v128', ['read', 'weights'])
    const sums = Array.from({ length: lanes / 4 }, () => addLocals('v128', ['sum']).sum)
    const rounding = splatRounding(p, addLocals)
    const multiply = (part: number) => {
      if (kind === 4) return v128.mul32
      if (mode === 'pair') return v128.dot16
      return part === 0 ? v128.extendedProductLow16 : v128.extendedProductHigh16
    }
    const oneRun: Code = [
      ...set(read, v128.load(i32.add(get(l.at), tableEntry(p.runs, get(l.run))))),
      ...set(weights, v128.load(get(l.weight))),
      ...sums.flatMap((sum, part) => set(sum, v128.add32(get(sum), multiply(part)(get(read), get(weights))))),
      ...set(l.weight, i32.add(get(l.weight), get(p.runBytes))),
    ]
    const oneBlock: Code = [
      ...set(l.at, i32.add(get(l.base), i32.shiftLeft(get(l.block), i32.const(4)))),
      ...set(l.weight, i32.add(get(p.weights), i32.shiftLeft(get(l.block), i32.const(4)))),
      ...sums.flatMap((sum, part) =>
        set(sum, v128.load(i32.add(get(p.bias), i32.mul(get(l.block), i32.const(4 * lanes))), 16 * part)),
      ),
      ...forLoop({ index: l.run, to: get(p.runCount) }, oneRun),
      ...storeLanes(out, {
        address: i32.add(get(l.out), i32.mul(get(l.block), i32.const(lanes * out))),
        vectors: sums.map((sum) => roundVector(get(sum), rounding.vectors)),
      }),
    ]
    return [
      ...rounding.code,
      ...forLoop({ index: l.position, to: get(p.count) }, [
        ...set(l.base, i32.add(get(p.x), tableEntry(p.positions, get(l.position)))),
        ...set(l.out, i32.add(get(p.out), i32.mul(get(l.position), get(p.rowBytes)))),
        ...forLoop({ index: l.block, to: get(p.blocks) }, oneBlock),
      ]),
    ]
  })
}

/** Outputs of a block of {@link laneKernel}. */
export function lanesOf({ kind, mode }: { kind: Kind; mode: LaneMode }): number {
  return kind === 2 && mode === 'single' ? 8 : 4
}

/** Sums of any reads, one product at a time; weights are int32. `starts` has an entry for each element. */
export function sumKernel({ kind, out }: { kind: Kind; out: Kind }) {
  const own = ['x', 'starts', 'count', 'runs', 'runCount', 'runBytes', 'weights', 'rows', 'rowBytes'] as const
  return wasmFunction([...own, 'bias', 'out', ...roundingParameters], (p, addLocals) => {
    const l = addLocals('i32', ['element', 'row', 'run', 'at', 'end', 'weight', 'sum'])
    const oneProduct: Code = [
      ...set(l.sum, i32.add(get(l.sum), i32.mul(loadElement(kind, get(l.at)), i32.load(get(l.weight))))),
      ...set(l.weight, i32.add(get(l.weight), i32.const(4))),
    ]
    return forLoop({ index: l.element, to: get(p.count) }, [
      ...set(l.sum, tableEntry(p.bias, get(l.row))),
      ...set(l.weight, i32.add(get(p.weights), i32.mul(get(l.row), get(p.rowBytes)))),
      ...forLoop({ index: l.run, to: get(p.runCount) }, [
        ...set(l.at, i32.add(i32.add(get(p.x), tableEntry(p.starts, get(l.element))), tableEntry(p.runs, get(l.run)))),
        ...set(l.end, i32.add(get(l.at), get(p.runBytes))),
        ...forLoop({ index: l.at, from: get(l.at), to: get(l.end), step: kind }, oneProduct),
      ]),
      ...roundScalar(l.sum, p),
      ...storeElement(out, { address: elementAddress(out, { tensor: p.out, index: l.element }), value: get(l.sum) }),
      ...set(l.row, i32.add(get(l.row), i32.const(1))),
      ...set(l.row, choose(i32.lessThan(get(l.row), get(p.rows)), { yes: get(l.row), no: i32.const(0) })),
    ])
  })
}
