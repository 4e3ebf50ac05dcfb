import { spawnSync } from 'node:child_process'
import { linearize, simplifyQuery } from './linearize.ts'

const seconds = 40

/**
 * Answers a query of solc's model checker with z3: `unsat` when no values satisfy it, which is a proof; `sat` and the values; or `unknown`. A proof is looked
 * for in linear arithmetic first, values in the query as it is meant.
 */
export function solve(query: string, z3: string): string {
  const linear = linearize(query)
  // The older of z3's two linear solvers is the faster one for most of these, but not for all.
  const first = run(z3, linear, 'smt.arith.solver=2')
  if (first.startsWith('unsat')) return 'unsat\n'
  if (!first.startsWith('sat') && run(z3, linear, 'smt.arith.solver=6').startsWith('unsat')) return 'unsat\n'
  const exact = run(z3, simplifyQuery(query))
  return /^(sat|unsat)\b/.test(exact) ? exact : 'unknown\n'
}

function run(z3: string, script: string, ...options: string[]): string {
  const { stdout, error } = spawnSync(z3, ['-in', '-smt2', `-T:${seconds}`, ...options], { input: script, encoding: 'utf8' })
  if (error !== undefined) throw error
  return stdout
}
