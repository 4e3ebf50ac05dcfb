import assert from 'node:assert/strict'
import { compile } from '../compile.ts'
import { evaluateNodes } from '../evaluate.ts'
import type { ExactGraph, GraphNode, WeightTensor } from '../exactGraph.ts'
import { scalarOrder } from '../field.ts'
import { decodeGraph, encodeGraph, graphId } from '../graphFile.ts'
import { checkGraph, graphSignals } from '../intervals.ts'
import { checkNativeWitnesses } from '../nativeWitness.ts'
import { packOutput } from '../packing.ts'
import { type Constraint, findViolation, type R1cs } from '../r1cs.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { stepElement } from '../step.ts'
import { computeWitness } from '../witness.ts'

/** For tests: a graph of the nodes behind an input of the range; the last one is the output. */
export function constantGraph({
  nodes,
  weights,
  input,
}: {
  nodes: GraphNode[]
  weights: Int32Array[]
  input: { count: number; lo: number; hi: number }
}): ExactGraph {
  return {
    nodes: [{ op: 'input', width: 4, ...input }, ...nodes],
    weights: weights.map((values): WeightTensor => ({ width: 4, values })),
    inputNode: 0,
    outputNode: nodes.length,
  }
}

/**
 * For tests: holds a graph's executors against each other on random inputs and on the ends of the range. Evaluation stays inside
 * its intervals; each step gives the evaluated element; the witness satisfies the rows and carries the evaluated outputs;
 * a changed wire breaks a row; the native prover computes the same witness; the file gives the graph back.
 * @returns the rows, for tests that count them
 */
export function checkPrimitive(
  graph: ExactGraph,
  { seed = 1, runs = 12 }: { seed?: number; runs?: number } = {},
): R1cs {
  const intervals = checkGraph(graph)
  const { input, output } = graphSignals(graph, intervals)
  const r1cs = compile(graph)
  const random = seededRandom(seed)
  const draw = (run: number) => {
    if (run < 2) return input.lo + run * (2 ** input.bits - 1)
    return input.lo + Math.floor(random() * 2 ** input.bits)
  }
  const inputs = Array.from({ length: runs }, (_, run) => ({
    input: Int32Array.from({ length: input.count }, () => draw(run)),
    binding: BigInt(run),
  }))
  for (const [run, asked] of inputs.entries()) {
    const tensor = asked.input
    const values = evaluateNodes(graph, tensor)
    for (const [index, node] of graph.nodes.entries()) {
      for (const [element, value] of (values[index] ?? []).entries()) {
        const { lo, hi } = intervals[index]?.value ?? { lo: [], hi: [] }
        assert.ok(value >= (lo[element] ?? 0) && value <= (hi[element] ?? 0), `node ${index} leaves its interval`)
        if (node.op === 'input') continue
        assert.equal(
          stepElement(graph, { node: index, element, values }).value,
          value,
          `step ${element} of node ${index}`,
        )
      }
    }
    const { witness, signals } = computeWitness(graph, asked)
    assert.equal(findViolation(r1cs, witness), undefined)
    const words = packOutput(values[graph.outputNode] ?? new Int32Array(), output)
    if (!output.isHashed) assert.deepEqual(signals.slice(0, -2), words)
    if (run === runs - 1) checkEachWire(r1cs, witness)
  }
  checkNativeWitnesses(graph, inputs)
  for (const { b } of r1cs.constraints) assert.deepEqual([b.wires.length, Number(b.coefficients[0])], [1, 1])
  const decoded = decodeGraph(encodeGraph(graph))
  assert.deepEqual(decoded, graph)
  assert.equal(graphId(decoded), graphId(graph))
  return r1cs
}

/** Every private wire, raised or flipped, breaks one of the rows it stands in. */
function checkEachWire(r1cs: R1cs, witness: bigint[]): void {
  const first = 1 + r1cs.outputCount + r1cs.publicInputCount
  const rowsOf = witness.map((): Set<Constraint> => new Set())
  for (const row of r1cs.constraints) {
    for (const { wires } of [row.a, row.b, row.c]) for (const wire of wires) rowsOf[wire]?.add(row)
  }
  const forged = [...witness]
  for (let wire = 1; wire < witness.length; wire++) {
    const value = witness[wire] ?? 0n
    const constraints = [...(rowsOf[wire] ?? [])]
    for (const changed of [(value + 1n) % scalarOrder, (scalarOrder + 1n - value) % scalarOrder]) {
      if (changed === value || (wire < first && changed !== (value + 1n) % scalarOrder)) continue
      forged[wire] = changed
      assert.notEqual(findViolation({ ...r1cs, constraints }, forged), undefined, `wire ${wire} is free`)
    }
    forged[wire] = value
  }
}
