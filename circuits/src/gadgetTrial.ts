import { type Circuit, createCircuit, type Element } from './circuit.ts'
import { createCircuitBuilder, one, wire } from './circuitBuilder.ts'
import { mod } from './field.ts'
import { integerTape } from './integerTape.ts'
import type { R1cs } from './r1cs.ts'

/** A piece of a circuit by itself. Wires: one, the outputs, the inputs, then those that the gadget takes. */
export type GadgetTrial = {
  r1cs: R1cs
  /** the honest witness for these inputs */
  witness(inputs: readonly number[]): bigint[]
}

/** What a trial is made of: the ranges that the inputs are promised to lie in, and the gadget, with as many results as outputs. */
export type GadgetTrialOptions = {
  inputs: readonly { lo: number; hi: number }[]
  outputs: number
  constrain: (circuit: Circuit, inputs: Element[]) => Element[]
}

/**
 * For tests and audits: a gadget as a circuit of its own, whose inputs and outputs are public signals. One row for each output
 * ties it to its wire; nothing ties the inputs to their ranges, which is other gadgets' business.
 */
export function gadgetTrial({ inputs, outputs, constrain }: GadgetTrialOptions): GadgetTrial {
  const builder = createCircuitBuilder({ outputCount: outputs, publicInputCount: inputs.length })
  const rowCircuit = createCircuit({ builder })
  const results = constrain(
    rowCircuit,
    inputs.map(({ lo, hi }, index) => rowCircuit.onWire(1 + outputs + index, { value: 0, lo, hi })),
  )
  for (const [index, { combination }] of results.entries()) builder.constrain(wire(1 + index), one, combination)
  return {
    r1cs: builder.build(),
    witness(values) {
      const wires: bigint[] = [1n, ...new Array(outputs).fill(0n), ...values.map((value) => mod(BigInt(value)))]
      const circuit = createCircuit({ tape: integerTape({ push: (value) => wires.push(mod(BigInt(value))) }) })
      const made = constrain(
        circuit,
        inputs.map(({ lo, hi }, index) => circuit.onWire(1 + outputs + index, { value: values[index] ?? 0, lo, hi })),
      )
      for (const [index, { value }] of made.entries()) wires[1 + index] = mod(BigInt(value))
      return wires
    },
  }
}
