// Measures the evaluation of every model in integers beside onnxruntime's of the float model, one thread each, in the same run.
//   npm run bench:evaluate                 prints the table; fails where integers take more than twice as long
//   … -- --write                           and puts it into docs/bench-evaluate.md
//   … -- --only <name>[,<name>…]  --rounds <n>
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createEvaluator } from '@assay/circuits/createEvaluator'
import { evaluate } from '@assay/circuits/evaluate'
import { QuantizeError } from '@assay/circuits/quantize'
import { loadFloatModel } from './benchEvaluate/floatModel.ts'
import { exactModelNames, loadExactModel } from './exactModels.ts'

const document = join(import.meta.dirname, '../docs/bench-evaluate.md')
const mark = '<!-- written by npm run bench:evaluate -- --write -->'
/** how many times as long as onnxruntime an evaluation may take */
const allowed = 2
const batch = 32
const callsInRound = 100

const { values: flags } = parseArgs({
  options: {
    write: { type: 'boolean' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '15' },
  },
})

const heading = [
  '| model | products | prepare ms | plain µs | integers µs | onnxruntime µs | ratio | in a batch µs | ratio |',
  '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
]
console.log(heading.join('\n'))
const rows: string[] = []
const faults: string[] = []
for (const name of flags.only?.split(',') ?? exactModelNames()) {
  const row = await measure(name)
  console.log(row)
  rows.push(row)
}
if (flags.write) {
  const [before = ''] = existsSync(document) ? readFileSync(document, 'utf8').split(mark) : ['']
  const machine = `Measured on ${cpus()[0]?.model ?? 'an unknown processor'}, one thread, Node ${process.version}; medians of ${flags.rounds} rounds of ${callsInRound} calls.`
  writeFileSync(document, `${before}${mark}\n\n${[machine, '', ...heading, ...rows].join('\n')}\n`)
}
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1

/** One model's row. Rounds of the candidates take turns, so that what else the machine does meets all of them. */
async function measure(name: string): Promise<string> {
  let model: ReturnType<typeof loadExactModel>
  try {
    model = loadExactModel(name)
  } catch (error) {
    if (!(error instanceof QuantizeError)) throw error
    return `| ${name} | ${error.message} | | | | | | | |`
  }
  const { graph, inputs } = model
  const started = performance.now()
  const evaluator = createEvaluator(graph)
  const prepareMs = performance.now() - started
  for (const input of inputs) {
    if (evaluator(input).join() !== evaluate(graph, input).join()) throw new Error(`${name}: the evaluations differ.`)
  }
  const input = (call: number) => inputs[call % inputs.length] ?? new Int32Array()
  const float = await loadFloatModel(name, graph)
  const [single, many] = [await float.run(1), await float.run(batch)]
  const candidates = [
    { run: (call: number) => evaluate(graph, input(call)), calls: 10 },
    { run: (call: number) => evaluator(input(call)), calls: callsInRound },
    ...[single, many].map((run) => (run ? { run, calls: run === many ? 10 : callsInRound } : undefined)),
  ]
  const times = candidates.map((): number[] => [])
  for (let round = -3; round < Number(flags.rounds); round++) {
    for (const [place, candidate] of candidates.entries()) {
      if (!candidate) continue
      const before = performance.now()
      for (let call = 0; call < candidate.calls; call++) {
        const result = candidate.run(call)
        if (result instanceof Promise) await result
      }
      const each = ((performance.now() - before) * 1000) / candidate.calls
      if (round >= 0) times[place]?.push(each) // the first rounds warm up
    }
  }
  await float.release()
  const [plain, integers, runtime, batched] = times.map(median)
  const ratio = (integers ?? Number.NaN) / (runtime ?? Number.NaN)
  if (ratio > allowed) {
    faults.push(`${name} takes ${ratio.toFixed(1)} times as long in integers as in onnxruntime; ${allowed} are allowed`)
  }
  const each = batched === undefined ? undefined : batched / batch
  const products = graph.nodes.reduce(
    (sum, node) => sum + (node.op === 'linear' ? node.count * node.window.rowStride : 0),
    0,
  )
  return `| ${[
    ...[name, products.toLocaleString('en'), prepareMs.toFixed(0)],
    ...[plain, integers, runtime].map((time) => time?.toFixed(1) ?? '–'),
    ...[ratio.toFixed(2), each?.toFixed(1) ?? '–', each === undefined ? '–' : ((integers ?? 0) / each).toFixed(2)],
  ].join(' | ')} |`
}

function median(values: number[]): number | undefined {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)]
}
