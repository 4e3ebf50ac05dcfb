import { spawnSync } from 'node:child_process'
import { linearize, simplifyQuery } from './linearize.ts'

const seconds = 120
/** Values to try for one factor of each product when the ones that satisfy the linear query do not satisfy the real one. */
const guesses = ['1', '2', '3', '1000', '10000', '1000000']

/**
 * Answers a query of solc's model checker with z3: `unsat` when no values satisfy it, which is a proof; `sat` and the values; or `unknown`. A proof is looked
 * for in linear arithmetic; values in the query as it is meant, with one factor of each product given, so that it is linear too.
 */
export function solve(query: string, z3: string): string {
  const { script, cover } = linearize(query)
  const ask = cover.map((name) => `\n(get-value (${name}))`).join('')
  // The older of z3's two linear solvers is the faster one for most of these, but not for all.
  let answer = run(z3, script + ask, 'smt.arith.solver=2')
  if (!/^(sat|unsat)\b/.test(answer)) answer = run(z3, script + ask, 'smt.arith.solver=6')
  if (answer.startsWith('unsat')) return 'unsat\n'

  const model = new Map(
    Array.from(answer.matchAll(/\(\((\S+) (\d+)\)\)/g), ([, name = '', value = '']) => [name, value]),
  )
  const guessed = guesses.map((value) => new Map(cover.map((name) => [name, value])))
  for (const given of [...(model.size === cover.length ? [model] : []), ...guessed]) {
    const found = run(z3, simplifyQuery(query, given))
    if (found.startsWith('sat')) return found
    if (cover.length === 0) return found.startsWith('unsat') ? 'unsat\n' : 'unknown\n'
  }
  return 'unknown\n'
}

function run(z3: string, script: string, ...options: string[]): string {
  const { stdout, error } = spawnSync(z3, ['-in', '-smt2', `-T:${seconds}`, ...options], {
    input: script,
    encoding: 'utf8',
  })
  if (error !== undefined) throw error
  return stdout
}
