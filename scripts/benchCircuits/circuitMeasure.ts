/** What was measured of one circuit. Times are milliseconds, memory MiB of the whole process. */
export type CircuitFigures = {
  weights: number
  constraints: number
  wires: number
  domain: number
  /** ReLU layers: their constraints, and n + 2 for each ReLU of n bits */
  relus: { node: number; rows: number; bound: number }[]
  /** size of the `.r1cs` file */
  r1csBytes: number
  /** the first compilation of a fresh process, to the bytes of the `.r1cs` file */
  compileMs: number
  /** greatest resident set after the first compilation, the runtime and the graph among it */
  compileMb: number
  witnessMs: number
  evaluateMs: number
}

/** A model's figures, or why it has no circuit. */
export type CircuitMeasure =
  | { kind: 'refused'; name: string; reason: string }
  | ({ kind: 'measured'; name: string } & CircuitFigures)

/** The part of a measure that is the same on every machine; nothing for a model without a circuit. */
export function circuitCounts(measure: CircuitMeasure): Record<string, number> | undefined {
  if (measure.kind === 'refused') return undefined
  const { constraints, wires, domain } = measure
  return { constraints, wires, domain }
}
