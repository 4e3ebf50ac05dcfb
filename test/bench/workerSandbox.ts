// Program: measures the worker's sandbox.
//   node test/bench/workerSandbox.ts [rounds]
// Prints milliseconds: a bare process, the same in the sandbox at each rung that this machine has, and one answer of a model of 1 MB of
// weights by a process that waited for it and by one that did not. Rounds are interleaved, so that other load meets all alike.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExactGraph } from '@assay/circuits/exactGraph'
import { encodeGraph, graphId } from '@assay/circuits/graphFile'
import { graphSignals } from '@assay/circuits/intervals'
import { computeWitness } from '@assay/circuits/witness'
import type { LoadedModel } from '@assay/worker/loadModel'
import { runInference } from '@assay/worker/runInference'
import { createSandbox, type Sandbox } from '@assay/worker/sandbox/createSandbox'
import { rungs } from '@assay/worker/sandbox/sandboxErrors'
import { defaultLimits } from '@assay/worker/sandbox/sandboxLimits'

const rounds = Number(process.argv[2] ?? 30)
const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'))
const never = new AbortController().signal
const source = 'process.stdin.pipe(process.stdout)'
const input = new Uint8Array(1000)
const caps = { memoryMb: 4096, wallSeconds: 600 }

async function bare(): Promise<void> {
  const child = spawn(process.execPath, ['-e', source], { env: {}, stdio: 'pipe' })
  child.stdout.resume()
  child.stdin.end(input)
  await once(child, 'close')
}

async function sandboxed(sandbox: Sandbox): Promise<void> {
  const run = { command: process.execPath, args: ['-e', source], readable: [], limits: defaultLimits, input }
  await sandbox.run(run, never)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function report(what: string, times: number[], base = 0): void {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)
  const over = base > 0 ? `, ${(medianOf(times) - base).toFixed(1)} over a bare process` : ''
  console.log(`${what.padEnd(34)} median ${at(0.5)}, p95 ${at(0.95)}, least ${at(0)} ms${over}`)
}

function medianOf(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}

/** 784 inputs, 1,280 hidden values, 10 outputs: 1,016,320 weights of a byte. */
function megabyteGraph(): ExactGraph {
  const dense = (count: number, run: number) => {
    const values = Int32Array.from({ length: count * run }, (_, index) => ((index * 2654435761) >>> 24) - 128)
    return { width: 1, values } as const
  }
  const biases = (count: number) => ({ width: 4, values: new Int32Array(count) }) as const
  const window = (count: number, run: number) => {
    const still = { d1: 1, s0: 0, s1: 0, s2: 0, base: 0, n1: 1, n2: 1, r1: 0, r2: 0 }
    return { ...still, d2: count, run, rowStride: run }
  }
  return {
    nodes: [
      { op: 'input', count: 784, width: 1, lo: 0, hi: 127 },
      {
        op: 'linear',
        count: 1280,
        width: 1,
        lo: 0,
        hi: 127,
        shift: 15,
        operand: 0,
        weight: 0,
        bias: 1,
        window: window(1280, 784),
      },
      {
        op: 'linear',
        count: 10,
        width: 4,
        lo: -(2 ** 27),
        hi: 2 ** 27 - 1,
        shift: 0,
        operand: 1,
        weight: 2,
        bias: 3,
        window: window(10, 1280),
      },
    ],
    weights: [dense(1280, 784), biases(1280), dense(10, 1280), biases(10)],
    inputNode: 0,
    outputNode: 2,
  }
}

try {
  console.log(`Node ${process.version}, ${rounds} rounds, load of the machine ${loadavg()[0]?.toFixed(1)}`)
  const sandboxes: Sandbox[] = []
  for (const rung of rungs) {
    const started = performance.now()
    const sandbox = await createSandbox({ directory: folder, upTo: rung, warm: 1 })
    if (sandbox.rung !== rung) {
      console.log(`This machine does not have the rung ${rung}: ${sandbox.detail}`)
      await sandbox.close()
      continue
    }
    console.log(`${rung.padEnd(34)} probed in ${(performance.now() - started).toFixed(0)} ms`)
    sandboxes.push(sandbox)
  }

  const bareTimes: number[] = []
  const times = new Map<Sandbox, number[]>(sandboxes.map((sandbox) => [sandbox, []]))
  for (let round = 0; round < rounds; round++) {
    bareTimes.push(await timed(bare))
    for (const sandbox of sandboxes) times.get(sandbox)?.push(await timed(() => sandboxed(sandbox)))
  }
  report('bare process', bareTimes)
  for (const sandbox of sandboxes) report(sandbox.rung, times.get(sandbox) ?? [], medianOf(bareTimes))

  const graph = megabyteGraph()
  const graphPath = join(folder, 'graph')
  const file = encodeGraph(graph)
  writeFileSync(graphPath, file)
  const pixels = Uint8Array.from({ length: 784 }, (_, index) => index % 128)
  const { signals } = computeWitness(graph, { input: Int32Array.from(pixels), binding: 7n })
  const model: Pick<LoadedModel, 'modelId' | 'graphPath' | 'signals'> & { manifest: { limits: object } } = {
    modelId: graphId(graph),
    graphPath,
    signals: graphSignals(graph),
    manifest: { limits: { memoryMb: 512, wallSeconds: 30 } },
  }
  for (const sandbox of sandboxes) {
    const answer = () =>
      runInference(
        // Only these parts of a model are read here.
        { model: model as LoadedModel, input: pixels, parts: { sandbox, caps } },
        { inputCommitment: signals.at(-2) ?? 0n, binding: 7n },
        never,
      )
    const cold = await timed(answer)
    const warm: number[] = []
    for (let round = 0; round < rounds; round++) {
      // Long enough for the next process to have loaded the model and rehearsed; a job's claim takes longer.
      await new Promise((resolve) => setTimeout(resolve, 1500))
      warm.push(await timed(answer))
    }
    report(`${sandbox.rung}, ${(file.length / 1e6).toFixed(2)} MB warm`, warm)
    console.log(`${`${sandbox.rung}, cold`.padEnd(34)} ${cold.toFixed(0)} ms`)
  }
  for (const sandbox of sandboxes) await sandbox.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
