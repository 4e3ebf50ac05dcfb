import { mod } from './field.ts'
import type { LinearCombination, R1cs } from './r1cs.ts'

/** A linear combination as the auditor reads it: each wire once, coefficients in (0, r). */
export type AuditSum = { wires: number[]; coefficients: bigint[] }

/** One row: a · b = c. */
export type AuditRow = { a: AuditSum; b: AuditSum; c: AuditSum }

/** The rows of a system, whatever arrays they stand in, with zero terms dropped. */
export function auditRows({ constraints }: Pick<R1cs, 'constraints'>): AuditRow[] {
  return constraints.map(({ a, b, c }) => ({ a: auditSum(a), b: auditSum(b), c: auditSum(c) }))
}

/** Whether a sum has no wire but the constant one. */
export function isConstant({ wires }: AuditSum): boolean {
  return wires.every((wire) => wire === 0)
}

/** Value of a sum under a witness, in [0, r). */
export function evaluateSum({ wires, coefficients }: AuditSum, witness: readonly bigint[]): bigint {
  let total = 0n
  for (const [index, wire] of wires.entries()) total += (coefficients[index] ?? 0n) * (witness[wire] ?? 0n)
  return mod(total)
}

function auditSum({ wires, coefficients }: LinearCombination): AuditSum {
  const sum: AuditSum = { wires: [], coefficients: [] }
  for (let term = 0; term < wires.length; term++) {
    const coefficient = mod(BigInt(coefficients[term] ?? 0))
    if (coefficient === 0n) continue
    sum.wires.push(wires[term] ?? 0)
    sum.coefficients.push(coefficient)
  }
  return sum
}
