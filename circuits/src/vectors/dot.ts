import {
  elementAddress,
  type Kind,
  loadElement,
  roundingParameters,
  roundScalar,
  storeElement,
  tableEntry,
} from './rounding.ts'
import { type Code, forLoop, get, i32, set, v128 } from './wasmCode.ts'
import { wasmFunction } from './wasmModule.ts'

const pairParameters = ['x', 'starts', 'runs', 'z', 'secondStarts', 'secondRuns', 'count', 'runCount', 'out'] as const

/** Where a run of one of the operands begins: tensor + start of the element + run. */
function runAddress({ tensor, starts, element, runs, run }: Record<string, number>): Code {
  const start = i32.add(get(tensor ?? 0), tableEntry(starts ?? 0, get(element ?? 0)))
  return i32.add(start, tableEntry(runs ?? 0, get(run ?? 0)))
}

/**
 * Sums of products of two tensors of 16 bits, eight at a time. A run has `blocks` full blocks of eight and one more, of which
 * the ones of the vector at `mask` are taken. `starts` have an entry for each element.
 */
export function dotKernel({ out }: { out: Kind }) {
  return wasmFunction([...pairParameters, 'blocks', 'mask', ...roundingParameters], (p, addLocals) => {
    const l = addLocals('i32', ['element', 'run', 'at', 'other', 'block', 'sum'])
    const { sums, kept } = addLocals('v128', ['sums', 'kept'])
    const { element, run } = l
    const addProducts = (left: Code) => set(sums, v128.add32(get(sums), v128.dot16(left, v128.load(get(l.other)))))
    const oneRun: Code = [
      ...set(l.at, runAddress({ tensor: p.x, starts: p.starts, element, runs: p.runs, run })),
      ...set(l.other, runAddress({ tensor: p.z, starts: p.secondStarts, element, runs: p.secondRuns, run })),
      ...forLoop({ index: l.block, to: get(p.blocks) }, [
        ...addProducts(v128.load(get(l.at))),
        ...set(l.at, i32.add(get(l.at), i32.const(16))),
        ...set(l.other, i32.add(get(l.other), i32.const(16))),
      ]),
      ...addProducts(v128.and(v128.load(get(l.at)), get(kept))),
    ]
    const lane = (index: number) => v128.lane32(get(sums), index)
    const total = i32.add(i32.add(lane(0), lane(1)), i32.add(lane(2), lane(3)))
    return [
      ...set(kept, v128.load(get(p.mask))),
      ...forLoop({ index: element, to: get(p.count) }, [
        ...set(sums, v128.zero),
        ...forLoop({ index: run, to: get(p.runCount) }, oneRun),
        ...set(l.sum, total),
        ...roundScalar(l.sum, p),
        ...storeElement(out, { address: elementAddress(out, { tensor: p.out, index: element }), value: get(l.sum) }),
      ]),
    ]
  })
}

/** {@link dotKernel} for elements of any kind, one product at a time. */
export function plainDotKernel({ left, right, out }: { left: Kind; right: Kind; out: Kind }) {
  return wasmFunction([...pairParameters, 'runBytes', ...roundingParameters], (p, addLocals) => {
    const l = addLocals('i32', ['element', 'run', 'at', 'end', 'other', 'sum'])
    const { element, run } = l
    const product = i32.mul(loadElement(left, get(l.at)), loadElement(right, get(l.other)))
    return forLoop({ index: element, to: get(p.count) }, [
      ...set(l.sum, i32.const(0)),
      ...forLoop({ index: run, to: get(p.runCount) }, [
        ...set(l.at, runAddress({ tensor: p.x, starts: p.starts, element, runs: p.runs, run })),
        ...set(l.end, i32.add(get(l.at), get(p.runBytes))),
        ...set(l.other, runAddress({ tensor: p.z, starts: p.secondStarts, element, runs: p.secondRuns, run })),
        ...forLoop({ index: l.at, from: get(l.at), to: get(l.end), step: left }, [
          ...set(l.sum, i32.add(get(l.sum), product)),
          ...set(l.other, i32.add(get(l.other), i32.const(right))),
        ]),
      ]),
      ...roundScalar(l.sum, p),
      ...storeElement(out, { address: elementAddress(out, { tensor: p.out, index: element }), value: get(l.sum) }),
    ])
  })
}
