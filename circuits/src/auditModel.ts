import type { AuditSubject } from './audit.ts'
import { auditRows } from './auditRows.ts'
import { determineWires } from './auditStructure.ts'
import { compile, signalWires } from './compile.ts'
import type { ExactGraph } from './exactGraph.ts'
import { graphSignals } from './intervals.ts'
import type { R1cs } from './r1cs.ts'
import { computeWitness } from './witness.ts'

/** A compiled model as the auditor sees it, from both of its ends. */
export type ModelAudit = {
  /** input bits and binding known: every other wire must follow, and the input bits must be held to 0 and 1 */
  subject: AuditSubject
  /** wires of the input's commitment; once they are known, so must be the input bits */
  commitmentWires: number[]
}

/**
 * Compiles a graph for an audit with the witness of one input.
 * @param mutations at most so many wires are mutated, evenly spread; 0 for none
 * @throws GraphInvalidError and the errors of computeWitness
 */
export function modelAudit(
  graph: ExactGraph,
  { name, input, mutations }: { name: string; input: Int32Array; mutations: number },
): ModelAudit {
  const r1cs = compile(graph)
  const signals = graphSignals(graph)
  const { commitment, binding } = signalWires(r1cs.outputCount)
  const inputBits = Array.from({ length: signals.input.count * signals.input.bits }, (_, bit) => binding + 1 + bit)
  const every = mutations === 0 ? r1cs.wireCount : Math.max(1, Math.ceil(r1cs.wireCount / mutations))
  return {
    subject: {
      name,
      r1cs,
      witness: computeWitness(graph, { input, binding: 12_345n }).witness,
      inputs: [binding, ...inputBits],
      ranged: inputBits,
      mutated: Array.from({ length: Math.ceil(r1cs.wireCount / every) }, (_, index) => index * every).filter(
        (wire) => wire > 0,
      ),
    },
    commitmentWires: connected(r1cs, { from: commitment, without: inputBits }),
  }
}

/**
 * Input bits that do not follow from the wires of their hash; with none, one commitment stands for one input, as far as Poseidon
 * has no collisions.
 */
export function openInputBits({ subject, commitmentWires }: ModelAudit): number[] {
  const known = [...commitmentWires, ...subject.inputs.slice(0, 1)]
  const bits = new Set(subject.ranged)
  return determineWires(subject.r1cs, known).undetermined.filter((wire) => bits.has(wire))
}

/** Wires that rows tie to `from`, without going through the wires of `without`. */
function connected(r1cs: R1cs, { from, without }: { from: number; without: readonly number[] }): number[] {
  const blocked = new Set([0, ...without])
  const rows = auditRows(r1cs).map(({ a, b, c }) =>
    [...new Set([...a.wires, ...b.wires, ...c.wires])].filter((wire) => !blocked.has(wire)),
  )
  const rowsOf = new Map<number, number[]>()
  for (const [index, wires] of rows.entries()) {
    for (const wire of wires) {
      const list = rowsOf.get(wire)
      if (list) list.push(index)
      else rowsOf.set(wire, [index])
    }
  }
  const reached = new Set([from])
  for (const wire of reached) {
    for (const index of rowsOf.get(wire) ?? []) for (const other of rows[index] ?? []) reached.add(other)
    rowsOf.delete(wire)
  }
  return [...reached]
}
