import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeGraph, graphId } from '@assay/circuits/graphFile'
import { graphSignals } from '@assay/circuits/intervals'
import { computeWitness } from '@assay/circuits/witness'
import { createHotPool } from '@assay/worker/hotPool'
import type { LoadedModel } from '@assay/worker/loadModel'
import { type InferenceProcess, runInference } from '@assay/worker/runInference'
import { createSandbox, type Sandbox } from '@assay/worker/sandbox/createSandbox'
import { rungs } from '@assay/worker/sandbox/sandboxErrors'
import { defaultLimits } from '@assay/worker/sandbox/sandboxLimits'
import { type BenchRow, measuredRow, quantile } from './benchRow.ts'
import { megabyteGraph } from './megabyteGraph.ts'

const never = new AbortController().signal
const source = 'process.stdin.pipe(process.stdout)'
const bytes = new Uint8Array(1000)

/** What a rung of the sandbox adds to a bare Node process that echoes 1,000 bytes. Rounds alternate, so that other load meets all alike. */
export async function sandboxRows(folder: string, rounds: number): Promise<BenchRow[]> {
  const sandboxes = await openRungs(folder)
  try {
    const bareTimes: number[] = []
    const times = new Map<Sandbox, number[]>(sandboxes.map((sandbox) => [sandbox, []]))
    for (let round = 0; round < rounds; round++) {
      bareTimes.push(await timed(bare))
      for (const sandbox of sandboxes) times.get(sandbox)?.push(await timed(() => sandboxed(sandbox)))
    }
    const base = quantile(bareTimes, 0.5)
    const strongest = sandboxes.at(-1)
    return sandboxes.map((sandbox) => {
      const own = times.get(sandbox) ?? []
      return measuredRow({
        what: `sandbox \`${sandbox.rung}\` over a bare process, median`,
        measured: quantile(own, 0.5) - base,
        unit: 'ms',
        // The strongest is what a worker takes.
        ...(sandbox === strongest && { target: { atMost: 20 } }),
        beside: `${shown(own)}; a bare process ${shown(bareTimes)}`,
      })
    })
  } finally {
    for (const sandbox of sandboxes) await sandbox.close()
  }
}

/** An answer of a model of 1 MB of weights, with its witness, by a process that has answered before, at the strongest rung. */
export async function inferenceRows(folder: string, rounds: number): Promise<BenchRow[]> {
  const graph = megabyteGraph()
  const graphPath = join(folder, 'graph')
  writeFileSync(graphPath, encodeGraph(graph))
  const input = Uint8Array.from({ length: 784 }, (_, index) => index % 128)
  const { signals } = computeWitness(graph, { input: Int32Array.from(input), binding: 7n })
  const model: Pick<LoadedModel, 'modelId' | 'graphPath' | 'signals'> & { manifest: { limits: object } } = {
    modelId: graphId(graph),
    graphPath,
    signals: graphSignals(graph),
    manifest: { limits: { memoryMb: 512, wallSeconds: 30 } },
  }
  const sandbox = await createSandbox({ directory: folder })
  const inference = createHotPool<InferenceProcess>({ kept: 1 })
  const caps = { memoryMb: 4096, wallSeconds: 600 }
  const parts = { sandbox, inference, caps, proverKind: 'snarkjs' } as const
  const answer = () =>
    runInference(
      // Only these parts of a model are read here.
      { model: model as LoadedModel, input, parts },
      { inputCommitment: signals.at(-2) ?? 0n, binding: 7n },
      never,
    )
  try {
    const cold = await timed(answer)
    const warm: number[] = []
    for (let round = 0; round < rounds; round++) warm.push(await timed(answer))
    const what = `answer and witness of a model of 1 MB, process hot, \`${sandbox.rung}\`, median`
    const beside = `${shown(warm)}; first ${cold.toFixed(0)}`
    return [measuredRow({ what, measured: quantile(warm, 0.5), unit: 'ms', target: { atMost: 50 }, beside })]
  } finally {
    await inference.close()
    await sandbox.close()
  }
}

async function openRungs(folder: string): Promise<Sandbox[]> {
  const sandboxes: Sandbox[] = []
  for (const rung of rungs) {
    const sandbox = await createSandbox({ directory: folder, upTo: rung })
    if (sandbox.rung === rung) sandboxes.push(sandbox)
    else await sandbox.close()
  }
  return sandboxes
}

async function bare(): Promise<void> {
  const child = spawn(process.execPath, ['-e', source], { env: {}, stdio: 'pipe' })
  child.stdout.resume()
  child.stdin.end(bytes)
  await once(child, 'close')
}

async function sandboxed(sandbox: Sandbox): Promise<void> {
  const run = { command: process.execPath, args: ['-e', source], readable: [], limits: defaultLimits, input: bytes }
  await sandbox.run(run, never)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function shown(times: number[]): string {
  const at = (share: number) => quantile(times, share).toFixed(1)
  return `${at(0.5)} (p95 ${at(0.95)}, least ${at(0)})`
}
