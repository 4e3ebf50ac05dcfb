import { createForger, mutations } from './auditMutation.ts'
import { reduceSystem, searchWitnesses } from './auditSearch.ts'
import { determineWires } from './auditStructure.ts'
import { scalarOrder } from './field.ts'
import { findViolation, type R1cs } from './r1cs.ts'

/** Values for a subject's inputs over a small prime, and how many witnesses they must have. */
export type SmallCase = {
  /** wire and value, one for each input */
  fixed: Map<number, number>
  witnesses: 'one' | 'none' | 'at most one'
  /** the witness that the product computes, where there is one */
  honest?: readonly bigint[]
}

/** A circuit of which each input must have exactly one witness. */
export type AuditSubject = {
  name: string
  r1cs: R1cs
  /** a witness that satisfies it over BN254 */
  witness: readonly bigint[]
  /** wires that the caller fixes; all others must follow from them */
  inputs: readonly number[]
  /** inputs that the circuit itself must hold to 0 and 1 */
  ranged: readonly number[]
  /** for circuits whose coefficients are small integers: the same over a small prime, where every assignment can be tried */
  small?: { prime: number; cases: readonly SmallCase[] }
  /** wires whose values are mutated; all of them when absent, and no mutation at all when there are none */
  mutated?: readonly number[]
  /** repairs that a mutation may take */
  repairs?: number
}

/** The three ways in which the auditor looks for a second witness. */
export const auditMethods = ['search', 'mutation', 'structure'] as const
export type AuditMethod = (typeof auditMethods)[number]

/** Something that must not be: a second witness, a missing one, or a wire of which no rule shows that it has one value. */
export type AuditFinding = { method: AuditMethod; message: string }

/**
 * Looks for a second witness of the same inputs:
 *
 * - search: over a small prime, by trying every assignment of every wire for each case;
 * - mutation: over BN254, by changing each wire of the witness and repairing the rows that break;
 * - structure: by rules that show for each wire that it has one value; what none of them reaches is reported.
 *
 * Search is exact for the small circuit and field it is given; structure is a proof over BN254 for any size, when it finds nothing;
 * mutation only ever finds faults.
 * @returns nothing for a sound circuit, else at most one finding of each method
 * @throws SearchTooLargeError, PrimeTooSmallError
 */
export function audit(
  subject: AuditSubject,
  {
    methods = auditMethods,
    random = () => 0.5,
  }: { methods?: readonly AuditMethod[]; random?: (() => number) | undefined } = {},
): AuditFinding[] {
  const findings: AuditFinding[] = []
  for (const method of methods) {
    const message =
      method === 'search'
        ? searchFault(subject)
        : method === 'mutation'
          ? mutationFault(subject, random)
          : openWires(subject)
    if (message !== undefined) findings.push({ method, message })
  }
  return findings
}

function searchFault({ r1cs, small }: AuditSubject): string | undefined {
  if (!small) return undefined
  const { prime, cases } = small
  const system = reduceSystem(r1cs, prime)
  for (const { fixed, witnesses, honest } of cases) {
    const found = searchWitnesses(system, { fixed, limit: 2 })
    const [first, second] = found
    const inputs = [...fixed].map(([wire, value]) => `w${wire} = ${value}`).join(', ')
    if (witnesses === 'none' && first) return `inputs out of range have a witness modulo ${prime}: ${inputs}`
    if (witnesses === 'one' && !first) return `inputs in range have no witness modulo ${prime}: ${inputs}`
    if (first && second) {
      const outputs = first.findIndex((value, wire) => wire > 0 && wire <= r1cs.outputCount && value !== second[wire])
      const differs = outputs > 0 ? outputs : first.findIndex((value, wire) => value !== second[wire])
      const kind = outputs > 0 ? 'two outputs' : 'two witnesses of the same outputs'
      return `${kind} modulo ${prime}, w${differs} = ${first[differs]} or ${second[differs]}: ${inputs}`
    }
    if (!honest) continue
    const broken = findViolation(r1cs, honest)
    if (broken !== undefined) return `the product's own witness breaks row ${broken}: ${inputs}`
    for (let output = 1; output <= r1cs.outputCount; output++) {
      if (first?.[output] === reduce(honest[output] ?? 0n, prime)) continue
      return `output w${output} is ${first?.[output]} modulo ${prime}, unlike the evaluator's: ${inputs}`
    }
  }
  return undefined
}

function mutationFault({ r1cs, witness, inputs, ranged, mutated, repairs = 40 }: AuditSubject, random: () => number) {
  const broken = findViolation(r1cs, witness)
  if (broken !== undefined) return `the product's own witness breaks row ${broken}`
  if (mutated?.length === 0) return undefined
  const forge = createForger(r1cs, { witness, inputs, repairs })
  for (const wire of mutated ?? Array.from({ length: r1cs.wireCount - 1 }, (_, index) => index + 1)) {
    const forgery = forge(wire, mutations(witness[wire] ?? 0n, random))
    if (forgery) {
      const changed = witness.flatMap((value, index) => (value === forgery.witness[index] ? [] : [`w${index}`]))
      return `a second witness differs in ${listed(changed)}`
    }
  }
  if (ranged.length === 0) return undefined
  const free = new Set(ranged)
  const unfix = createForger(r1cs, { witness, inputs: inputs.filter((wire) => !free.has(wire)) })
  for (const wire of ranged) {
    // An input's bit may flip to the other bit; it must never be anything else.
    const value = witness[wire] ?? 0n
    if (unfix(wire, [2n, -1n, value + 4n, value - 4n])) return `w${wire} may be neither 0 nor 1`
  }
  return undefined
}

function openWires({ r1cs, inputs, ranged }: AuditSubject): string | undefined {
  const { undetermined, domains } = determineWires(r1cs, inputs)
  if (undetermined.length > 0) return `nothing determines ${listed(undetermined.map((wire) => `w${wire}`))}`
  const free = ranged.filter((wire) => !domains.get(wire)?.every((value) => value === 0n || value === 1n))
  return free.length > 0 ? `nothing holds ${listed(free.map((wire) => `w${wire}`))} to 0 and 1` : undefined
}

/** A field element's signed integer of least size, modulo a small prime. */
function reduce(value: bigint, prime: number): number {
  const signed = value > scalarOrder / 2n ? value - scalarOrder : value
  return Number(((signed % BigInt(prime)) + BigInt(prime)) % BigInt(prime))
}

function listed(names: string[]): string {
  return names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ')
}
