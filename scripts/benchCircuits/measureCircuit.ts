// Measures one model: node measureCircuit.ts <folder> <runs>, with a graph's bytes in `graph` and inputs in
// `inputs.json` of the folder. Prints one line of JSON, a CircuitFigures.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from '@assay/circuits/compile'
import { countRows } from '@assay/circuits/countRows'
import { evaluate } from '@assay/circuits/evaluate'
import { decodeGraph } from '@assay/circuits/graphFile'
import { encodeR1cs } from '@assay/circuits/r1cs'
import { prepareWitness } from '@assay/circuits/witness'
import type { CircuitFigures } from './circuitMeasure.ts'

const [folder = '', runs = '5'] = process.argv.slice(2)
console.log(JSON.stringify(measure(folder, Number(runs))))

function measure(folder: string, runs: number): CircuitFigures {
  const graph = decodeGraph(readFileSync(join(folder, 'graph')))
  const stored: number[][] = JSON.parse(readFileSync(join(folder, 'inputs.json'), 'utf8'))
  const inputs = stored.map((values) => Int32Array.from(values))
  const started = performance.now()
  const r1cs = compile(graph)
  const r1csBytes = encodeR1cs(r1cs).length
  const compileMs = performance.now() - started
  const compileMb = process.resourceUsage().maxRSS / 1024
  const computeWitness = prepareWitness(graph)
  const times = (run: (input: Int32Array) => unknown): number => {
    const all = Array.from({ length: runs }, (_, index) => {
      const input = inputs[index % inputs.length] ?? new Int32Array()
      const before = performance.now()
      run(input)
      return performance.now() - before
    })
    return all.sort((left, right) => left - right)[Math.floor(runs / 2)] ?? 0
  }
  const witnessMs = times((input) => computeWitness({ input, binding: 1n }))
  const evaluateMs = times((input) => evaluate(graph, input))
  const relus = countRows(graph).flatMap(({ rows, reluBound }, node) =>
    reluBound === undefined ? [] : [{ node, rows, bound: reluBound }],
  )
  return {
    ...{ relus, r1csBytes, compileMs, compileMb, witnessMs, evaluateMs },
    weights: graph.weights.reduce((sum, { values }) => sum + values.length, 0),
    constraints: r1cs.constraints.length,
    wires: r1cs.wireCount,
    domain: 2 ** Math.ceil(Math.log2(r1cs.constraints.length + r1cs.outputCount + r1cs.publicInputCount + 1)),
  }
}
