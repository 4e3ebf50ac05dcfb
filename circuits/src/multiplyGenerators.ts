import { availableParallelism, tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import { elementBytes, putElement, viewOf } from './binFile.ts'
import { chooseProver } from './chooseProver.ts'
import { windowCount } from './fixedBase.ts'
import type { FixedBaseBlock, FixedBaseWorkerData } from './fixedBaseWorker.ts'
import { runLimited } from './limitedProcess.ts'
import { threadsOf } from './runSnarkjs.ts'
import { g1Bytes, g2Bytes } from './zkey.ts'

const blockScalars = 1024
// An addition in G2 costs about this many in G1; used for progress only.
const g2Weight = 3
// A hundred thousand rows take seconds.
const nativeSeconds = 3600

/** How {@link multiplyGenerators} works. */
export type MultiplyOptions = {
  /** threads; default: all processors, at most four */
  threads?: number | undefined
  /** called with the done share, 0 … 1; by the native program only at the end */
  onProgress?: ((share: number) => void) | undefined
  /** which program: the native one, or worker threads of our own; default: the native one where it was built */
  program?: 'native' | 'threads' | undefined
}

/**
 * Multiplies the generators of G1 and G2 by many scalars on several threads (node only).
 * @param scalars below the scalar order r, for each group; zero gives infinity
 * @returns points as a zkey holds them (Montgomery coordinates, little-endian; infinity is all zero), in the scalars' order
 */
export async function multiplyGenerators(
  scalars: { g1: readonly bigint[]; g2: readonly bigint[] },
  options: MultiplyOptions = {},
): Promise<{ g1: Uint8Array; g2: Uint8Array }> {
  const { threads, onProgress, program } = options
  const choice = await chooseProver(program === 'threads' ? 'snarkjs' : program)
  if (choice.kind === 'native') return multiplyNative(scalars, { ...options, command: choice.program })
  const g1 = new Uint8Array(scalars.g1.length * g1Bytes)
  const g2 = new Uint8Array(scalars.g2.length * g2Bytes)
  // G2 first: its blocks take longest, so the threads end together.
  const blocks = [...makeBlocks('g2', scalars.g2, g2, g2Bytes), ...makeBlocks('g1', scalars.g1, g1, g1Bytes)]
  const total = blocks.reduce((sum, { weight }) => sum + weight, 0)
  const threadCount = Math.min(threads ?? Math.min(availableParallelism(), 4), blocks.length)
  const workerData: FixedBaseWorkerData = {
    windowBits: {
      g1: bestWindow(scalars.g1.length / Math.max(threadCount, 1)),
      g2: bestWindow(scalars.g2.length / Math.max(threadCount, 1)),
    },
  }

  let done = 0
  const runThread = async () => {
    const worker = new Worker(new URL('./fixedBaseWorker.ts', import.meta.url), { workerData, env: {}, execArgv: [] })
    try {
      for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
        const bytes = await runBlock(worker, block.message)
        for (const [position, place] of block.places.entries()) {
          block.output.set(bytes.subarray(position * block.pointBytes, (position + 1) * block.pointBytes), place)
        }
        done += block.weight
        onProgress?.(done / total)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: threadCount }, runThread))
  return { g1, g2 }
}

/** The same by the native program, which gets all scalars at once. */
async function multiplyNative(
  scalars: { g1: readonly bigint[]; g2: readonly bigint[] },
  { command, threads = threadsOf({}), onProgress }: MultiplyOptions & { command: string },
): Promise<{ g1: Uint8Array; g2: Uint8Array }> {
  const counts = [scalars.g1.length, scalars.g2.length]
  const input = new Uint8Array(8 + (scalars.g1.length + scalars.g2.length) * elementBytes)
  const view = viewOf(input)
  for (const [index, count] of counts.entries()) view.setUint32(4 * index, count, true)
  let at = 8
  for (const list of [scalars.g1, scalars.g2]) {
    for (const scalar of list) {
      putElement(view, at, scalar)
      at += elementBytes
    }
  }
  const pointBytes = scalars.g1.length * g1Bytes + scalars.g2.length * g2Bytes
  const { stdout } = await runLimited({
    command,
    args: ['multiply', String(threads)],
    cwd: tmpdir(),
    input,
    limits: {
      // The scalars twice, the points twice and in pieces, and a table for each group.
      memoryMb: 64 + 8 * threads + Math.ceil((3 * input.length + 3 * pointBytes) / 2 ** 20),
      wallSeconds: nativeSeconds,
      cpuSeconds: nativeSeconds * threads,
      outputBytes: pointBytes + 2 ** 16,
      threads,
    },
  })
  if (stdout.length !== pointBytes) {
    throw new RangeError(`The native program gave ${stdout.length} bytes of points where ${pointBytes} are needed.`)
  }
  onProgress?.(1)
  const border = scalars.g1.length * g1Bytes
  return { g1: stdout.subarray(0, border), g2: stdout.subarray(border) }
}

/** Blocks of the scalars that are not zero, each with the places of its points in the output. */
function makeBlocks(group: 'g1' | 'g2', scalars: readonly bigint[], output: Uint8Array, pointBytes: number) {
  const indices = [...scalars.keys()].filter((index) => scalars[index] !== 0n)
  return Array.from({ length: Math.ceil(indices.length / blockScalars) }, (_, block) => {
    const own = indices.slice(block * blockScalars, (block + 1) * blockScalars)
    const bytes = new Uint8Array(own.length * elementBytes)
    const view = viewOf(bytes)
    for (const [position, index] of own.entries()) putElement(view, position * elementBytes, scalars[index] ?? 0n)
    const message: FixedBaseBlock = { group, scalars: bytes }
    return {
      message,
      places: own.map((index) => index * pointBytes),
      output,
      pointBytes,
      weight: own.length * (group === 'g2' ? g2Weight : 1),
    }
  })
}

function runBlock(worker: Worker, message: FixedBaseBlock): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const exited = (code: number) => reject(new Error(`The multiplying thread ended early with code ${code}.`))
  worker.once('message', resolve).once('error', reject).once('exit', exited)
  worker.postMessage(message)
  return promise.finally(() => worker.off('message', resolve).off('error', reject).off('exit', exited))
}

/** The window size with the fewest additions: a table of 2^(bits-1) points for each window, and one for each scalar. */
function bestWindow(scalarCount: number): number {
  const cost = (bits: number) => windowCount(bits) * (2 ** (bits - 1) + scalarCount)
  return [4, 6, 8, 9, 10, 11, 12, 13, 14].reduce((best, bits) => (cost(bits) < cost(best) ? bits : best))
}
