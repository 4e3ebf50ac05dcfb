import { type AuditMethod, type AuditSubject, audit, auditMethods } from './audit.ts'
import { wireDomains } from './auditDomains.ts'
import { auditRows, isConstant } from './auditRows.ts'

/** What a row does: holds a wire to two values, ties a linear combination to another, or multiplies. */
export type RowKind = 'range check' | 'linear' | 'product'

/** A circuit with constraints left out, and which methods noticed; none means that the audit missed it. */
export type Omission = { kind: RowKind | 'all range checks'; rows: number[]; foundBy: AuditMethod[] }

/**
 * Leaves out each row of a sound circuit in turn, then all its range checks together, and audits what is left. The wires of
 * the missing rows are those that are mutated.
 */
export function plantOmissions(subject: AuditSubject): Omission[] {
  const rows = auditRows(subject.r1cs)
  const domains = wireDomains(rows)
  const kinds = rows.map((row): RowKind => {
    const [wire] = row.a.wires
    const isSingle = row.a.wires.length === 1 && row.b.wires.length === 1 && row.b.wires[0] === wire
    if (isSingle && row.c.wires.length <= 1 && wire !== undefined && domains.get(wire)?.length === 2)
      return 'range check'
    return isConstant(row.a) || isConstant(row.b) ? 'linear' : 'product'
  })
  const checks = kinds.flatMap((kind, index) => (kind === 'range check' ? [index] : []))
  const omit = (kind: Omission['kind'], omitted: number[]): Omission => {
    const mutated = new Set(omitted.flatMap((index) => rowWires(rows[index])))
    const constraints = subject.r1cs.constraints.filter((_, index) => !omitted.includes(index))
    const planted: AuditSubject = {
      ...subject,
      r1cs: { ...subject.r1cs, constraints },
      mutated: [...mutated].filter((wire) => !subject.inputs.includes(wire)),
      repairs: subject.small ? 1000 : 10,
    }
    const found = new Set(audit(planted).map(({ method }) => method))
    return { kind, rows: omitted, foundBy: auditMethods.filter((method) => found.has(method)) }
  }
  const single = kinds.map((kind, index) => omit(kind, [index]))
  return checks.length > 1 ? [...single, omit('all range checks', checks)] : single
}

function rowWires(row: ReturnType<typeof auditRows>[number] | undefined): number[] {
  if (!row) return []
  return [...row.a.wires, ...row.b.wires, ...row.c.wires].filter((wire) => wire !== 0)
}
