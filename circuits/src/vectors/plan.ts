import type { Interval } from '../exactGraph.ts'
import type { Kind } from './rounding.ts'
import { type Code, call, i32 } from './wasmCode.ts'
import { encodeWasmModule, type WasmFunction } from './wasmModule.ts'

/** Where a tensor stands in the evaluator's memory. */
export type Placed = { at: number; kind: Kind; count: number }

/** Where nothing stands: what a node reads that has no such operand. */
export const nowhere: Placed = { at: 0, kind: 2, count: 0 }

/** The memory, the kernels and the calls of a graph, one after the other. */
export type Plan = {
  size: number
  /** what the memory holds from the beginning */
  segments: { at: number; bytes: Uint8Array }[]
  kernels: WasmFunction[]
  /** index of each kernel by its description */
  known: Map<string, number>
  calls: Code
  zeros: { at: number; bytes: number }
}

/** Bytes behind each tensor that kernels may read, and write with what nobody reads. */
const room = 128

/** A plan without any calls. */
export function emptyPlan(): Plan {
  return { size: 16, segments: [], kernels: [], known: new Map(), calls: [], zeros: { at: 0, bytes: 0 } }
}

/** Memory of its own for so many bytes; it holds zeros. */
export function reserve(plan: Plan, bytes: number): number {
  const at = plan.size
  plan.size = Math.ceil((at + bytes + room) / 16) * 16
  return at
}

/** Memory of its own for a tensor. */
export function reserveTensor(plan: Plan, { kind, count }: { kind: Kind; count: number }): Placed {
  return { at: reserve(plan, kind * count), kind, count }
}

/** Puts constants into memory, and returns where they stand. */
export function placeConstants(plan: Plan, values: Int16Array | Int32Array): number {
  const at = reserve(plan, values.byteLength)
  plan.segments.push({ at, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) })
  return at
}

/** Puts a table with an entry for each index into memory. */
export function placeTable(
  plan: Plan,
  { length, entry }: { length: number; entry: (index: number) => number },
): number {
  return placeConstants(
    plan,
    Int32Array.from({ length }, (_, index) => entry(index)),
  )
}

/** Memory that holds zeros, at least so many bytes. */
export function zerosOf(plan: Plan, bytes: number): number {
  if (plan.zeros.bytes < bytes) plan.zeros = { at: reserve(plan, bytes), bytes }
  return plan.zeros.at
}

/** A kernel's maker with what it is made from; equal ones are made once. */
export type Kernel<Name extends string> = { name: string; variant: object; make: () => WasmFunction<Name> }

/** Kernels made so far, for any graph. */
const made = new Map<string, WasmFunction>()

/** Adds a call. */
export function addCall<Name extends string>(
  plan: Plan,
  { kernel, values }: { kernel: Kernel<Name>; values: Record<Name, number> },
): void {
  const key = `${kernel.name} ${JSON.stringify(kernel.variant)}`
  const body = made.get(key) ?? kernel.make()
  made.set(key, body)
  const index = plan.known.get(key) ?? plan.kernels.push(body) - 1
  plan.known.set(key, index)
  // the kernel under this key was made by this maker
  const { parameters } = plan.kernels[index] as WasmFunction<Name>
  for (const byte of call(
    index,
    parameters.flatMap((name) => i32.const(values[name])),
  )) {
    plan.calls.push(byte)
  }
}

/** The module and its memory; `run` makes all calls. */
export function instantiatePlan(plan: Plan): { memory: WebAssembly.Memory; run: () => void } {
  const pages = Math.ceil((plan.size + room) / 2 ** 16)
  const memory = new WebAssembly.Memory({ initial: pages })
  const bytes = new Uint8Array(memory.buffer)
  for (const segment of plan.segments) bytes.set(segment.bytes, segment.at)
  const run: WasmFunction = { parameters: [], locals: [], code: plan.calls }
  const module = new WebAssembly.Module(encodeWasmModule({ functions: [...plan.kernels, run], pages }))
  const { exports } = new WebAssembly.Instance(module, { host: { memory } })
  // the module's only export is this function
  return { memory, run: exports.run as () => void }
}

/** The least kind that holds all values of an interval. */
export function kindOf({ lo, hi }: Interval): Kind {
  return fitsShort(lo) && fitsShort(hi) ? 2 : 4
}

/** Whether all values fit 16 bits. */
export function fitsShort(values: Int32Array): boolean {
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0
    if ((value << 16) >> 16 !== value) return false
  }
  return true
}
