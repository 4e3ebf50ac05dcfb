import { parentPort, workerData } from 'node:worker_threads'
import { elementBytes, putElement, viewOf } from './binFile.ts'
import {
  type AffinePoint,
  baseField,
  buildTable,
  type CoordinateField,
  extensionField,
  type FixedBaseTable,
  multiplyBase,
} from './fixedBase.ts'
import { g1Generator, g2Generator } from './points.ts'
import { g1Bytes, g2Bytes, toMontgomery } from './zkey.ts'

/** What {@link multiplyGenerators} gives its threads at their start: window sizes by group. */
export type FixedBaseWorkerData = { windowBits: { g1: number; g2: number } }

/** One block of work: 32-byte little-endian scalars. */
export type FixedBaseBlock = { group: 'g1' | 'g2'; scalars: Uint8Array }

// The pool that starts this thread gives it exactly this.
const { windowBits } = workerData as FixedBaseWorkerData
let g1Table: FixedBaseTable<typeof g1Generator.x> | undefined
let g2Table: FixedBaseTable<typeof g2Generator.x> | undefined

parentPort?.on('message', ({ group, scalars }: FixedBaseBlock) => {
  let bytes: Uint8Array
  if (group === 'g1') {
    g1Table ??= buildTable(baseField, g1Generator, windowBits.g1)
    bytes = encodePoints(baseField, g1Table, scalars, g1Bytes, ({ x, y }) => [x, y])
  } else {
    g2Table ??= buildTable(extensionField, g2Generator, windowBits.g2)
    bytes = encodePoints(extensionField, g2Table, scalars, g2Bytes, ({ x, y }) => [x.c0, x.c1, y.c0, y.c1])
  }
  parentPort?.postMessage(bytes)
})

function encodePoints<F>(
  field: CoordinateField<F>,
  table: FixedBaseTable<F>,
  scalars: Uint8Array,
  pointBytes: number,
  coordinates: (point: NonNullable<AffinePoint<F>>) => bigint[],
): Uint8Array {
  const points = multiplyBase(field, table, scalars)
  const bytes = new Uint8Array(points.length * pointBytes)
  const view = viewOf(bytes)
  for (const [index, point] of points.entries()) {
    // Infinity is all zero bytes in a zkey.
    if (point === undefined) continue
    for (const [part, value] of coordinates(point).entries()) {
      putElement(view, index * pointBytes + part * elementBytes, toMontgomery(value))
    }
  }
  return bytes
}
