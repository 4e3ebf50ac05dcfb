import { elementAddress, type Kind, loadElement, loadLanes, storeElement, storeLanes, tableEntry } from './rounding.ts'
import { type Code, choose, forLoop, get, i32, set, v128 } from './wasmCode.ts'
import { wasmFunction } from './wasmModule.ts'

/* Kernels that choose among elements: by their size, or by where they stand. */

const windowParameters = ['x', 'starts', 'count', 'runs', 'runCount', 'runBytes', 'out'] as const

/** The greatest of the reads of each element, or its position among them. `starts` have an entry for each element. */
export function greatestKernel({ kind, out, gives }: { kind: Kind; out: Kind; gives: 'value' | 'position' }) {
  return wasmFunction(windowParameters, (p, addLocals) => {
    const l = addLocals('i32', ['element', 'run', 'at', 'end', 'read', 'most', 'position', 'best'])
    const isGreater = addLocals('i32', ['isGreater']).isGreater
    const compare: Code = [
      ...set(l.read, loadElement(kind, get(l.at))),
      ...set(isGreater, i32.greaterThan(get(l.read), get(l.most))),
      ...set(l.most, choose(get(isGreater), { yes: get(l.read), no: get(l.most) })),
      ...set(l.best, choose(get(isGreater), { yes: get(l.position), no: get(l.best) })),
      ...set(l.position, i32.add(get(l.position), i32.const(1))),
    ]
    return forLoop({ index: l.element, to: get(p.count) }, [
      ...set(l.most, i32.const(-(2 ** 31))),
      ...set(l.best, i32.const(0)),
      ...set(l.position, i32.const(0)),
      ...forLoop({ index: l.run, to: get(p.runCount) }, [
        ...set(l.at, i32.add(i32.add(get(p.x), tableEntry(p.starts, get(l.element))), tableEntry(p.runs, get(l.run)))),
        ...set(l.end, i32.add(get(l.at), get(p.runBytes))),
        ...forLoop({ index: l.at, from: get(l.at), to: get(l.end), step: kind }, compare),
      ]),
      ...storeElement(out, {
        address: elementAddress(out, { tensor: p.out, index: l.element }),
        value: get(gives === 'value' ? l.most : l.best),
      }),
    ])
  })
}

/**
 * The greatest of reads that stand side by side as their outputs do: out[p][o] = max_r x[start_p + run_r + o]. Rows are written
 * in order, so what is written past a row's end is overwritten, or lies behind the tensor.
 */
export function laneMaxKernel({ kind, out }: { kind: Kind; out: Kind }) {
  const isNarrow = kind === 2 && out === 2
  const lanes = isNarrow ? 8 : 4
  const own = ['x', 'positions', 'count', 'runs', 'runCount', 'blocks', 'out', 'rowBytes'] as const
  return wasmFunction(own, (p, addLocals) => {
    const l = addLocals('i32', ['position', 'base', 'out', 'block', 'run'])
    const { most } = addLocals('v128', ['most'])
    const address = i32.add(get(l.base), tableEntry(p.runs, get(l.run)))
    const read = isNarrow ? v128.load(address) : loadLanes(kind, address)
    const oneBlock: Code = [
      ...set(most, v128.splat32(i32.const(isNarrow ? -0x7fff8000 : -(2 ** 31)))),
      ...forLoop(
        { index: l.run, to: get(p.runCount) },
        set(most, (isNarrow ? v128.max16 : v128.max32)(get(most), read)),
      ),
      ...(isNarrow
        ? v128.store(get(l.out), get(most))
        : storeLanes(out, { address: get(l.out), vectors: [get(most)] })),
      ...set(l.base, i32.add(get(l.base), i32.const(lanes * kind))),
      ...set(l.out, i32.add(get(l.out), i32.const(lanes * out))),
    ]
    return forLoop({ index: l.position, to: get(p.count) }, [
      ...set(l.base, i32.add(get(p.x), tableEntry(p.positions, get(l.position)))),
      ...set(l.out, i32.add(get(p.out), i32.mul(get(l.position), get(p.rowBytes)))),
      ...forLoop({ index: l.block, to: get(p.blocks) }, oneBlock),
    ])
  })
}

/** y_j = table[x[read_j] + row_j], with a start and a row's place in the table for each element. */
export function lookupKernel({ kind, table, out }: { kind: Kind; table: Kind; out: Kind }) {
  return wasmFunction(['x', 'starts', 'rows', 'count', 'table', 'out'], (p, addLocals) => {
    const l = addLocals('i32', ['element', 'entry'])
    const read = loadElement(kind, i32.add(get(p.x), tableEntry(p.starts, get(l.element))))
    return forLoop({ index: l.element, to: get(p.count) }, [
      ...set(l.entry, i32.add(read, tableEntry(p.rows, get(l.element)))),
      ...storeElement(out, {
        address: elementAddress(out, { tensor: p.out, index: l.element }),
        value: loadElement(table, elementAddress(table, { tensor: p.table, index: l.entry })),
      }),
    ])
  })
}

/** y_j = x[start_j + step · k[read_j]]; starts and steps are bytes. */
export function gatherKernel({ kind, index, out }: { kind: Kind; index: Kind; out: Kind }) {
  return wasmFunction(['x', 'starts', 'k', 'secondStarts', 'step', 'count', 'out'], (p, addLocals) => {
    const l = addLocals('i32', ['element'])
    const k = loadElement(index, i32.add(get(p.k), tableEntry(p.secondStarts, get(l.element))))
    const start = i32.add(get(p.x), tableEntry(p.starts, get(l.element)))
    return forLoop({ index: l.element, to: get(p.count) }, [
      ...storeElement(out, {
        address: elementAddress(out, { tensor: p.out, index: l.element }),
        value: loadElement(kind, i32.add(start, i32.mul(k, get(p.step)))),
      }),
    ])
  })
}

/** Elements from the addresses of a table, one at a time. */
export function moveKernel({ kind }: { kind: Kind }) {
  return wasmFunction(['sources', 'count', 'out'], (p, addLocals) => {
    const l = addLocals('i32', ['element'])
    return forLoop(
      { index: l.element, to: get(p.count) },
      storeElement(kind, {
        address: elementAddress(kind, { tensor: p.out, index: l.element }),
        value: loadElement(kind, tableEntry(p.sources, get(l.element))),
      }),
    )
  })
}

/**
 * Runs of neighbours, 16 bytes at a time. The table has three entries for a run: source, target and blocks of 16 bytes. Targets
 * go up and leave no gaps, so what is written past a run's end is overwritten, or lies behind the tensor.
 */
export function copyRunsKernel() {
  return wasmFunction(['table', 'end'], (p, addLocals) => {
    const l = addLocals('i32', ['at', 'source', 'target', 'stop'])
    return forLoop({ index: l.at, from: get(p.table), to: get(p.end), step: 12 }, [
      ...set(l.target, i32.load(get(l.at), 4)),
      ...set(l.stop, i32.add(get(l.target), i32.shiftLeft(i32.load(get(l.at), 8), i32.const(4)))),
      ...set(l.source, i32.load(get(l.at))),
      ...forLoop({ index: l.target, from: get(l.target), to: get(l.stop), step: 16 }, [
        ...v128.store(get(l.target), v128.load(get(l.source))),
        ...set(l.source, i32.add(get(l.source), i32.const(16))),
      ]),
    ])
  })
}
