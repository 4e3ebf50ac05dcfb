import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { check } from './check.ts'
import { parseScript, write } from './expression.ts'
import { findZ3 } from './findZ3.ts'
import { properties } from './properties.ts'
import { solve } from './solve.ts'

const z3 = findZ3() ?? 'z3'

/** A query in the shape of solc's, of whole numbers x, y, z, q and r. */
function query(...conditions: string[]): string {
  const unknowns = ['x', 'y', 'z', 'q', 'r'].map((name) => `(declare-fun ${name} () Int)`)
  const asked = '(declare-const |EVALEXPR_0| Int)\n(assert (= |EVALEXPR_0| x))'
  return [
    ...unknowns,
    `(assert (and ${conditions.join(' ')}))`,
    asked,
    '(check-sat)',
    '(get-value (|EVALEXPR_0|))',
  ].join('\n')
}

/** How solc cuts a number to 8 bits. */
const cut = (value: string) =>
  `(bv2nat (ite (>= ${value} 0) ((_ int2bv 8) ${value}) (bvneg ((_ int2bv 8) (- ${value})))))`

describe('solve', () => {
  it('soundness: a part of a product divided by the whole is at most the product', () => {
    const division = ['(= (+ (* q z) r) (* x y))', '(>= r 0)', '(< r z)']

    assert.equal(solve(query(...division, '(>= x 0)', '(>= y 0)', '(<= y z)', '(> q x)'), z3), 'unsat\n')
    assert.match(solve(query(...division, '(>= x 0)', '(>= y 0)', '(<= y (+ z 1))', '(> q x)'), z3), /^sat/)
  })

  it('soundness: products of negative numbers are not taken for positive ones', () => {
    assert.notEqual(solve(query('(< (* x y) 0)', '(< x 5)', '(> y 1)'), z3), 'unsat\n')
    assert.notEqual(solve(query('(> (* x y) 10)', '(< x 0)', '(< y 0)'), z3), 'unsat\n')
  })

  it('soundness: a cut is a remainder, for negative numbers too', () => {
    assert.equal(solve(query('(= x 300)', `(= y ${cut('x')})`, '(not (= y 44))'), z3), 'unsat\n')
    assert.equal(solve(query('(= x (- 0 1))', `(= y ${cut('x')})`, '(not (= y 255))'), z3), 'unsat\n')
    assert.match(solve(query(`(= y ${cut('x')})`, '(not (= y x))', '(< x 300)', '(> x 0)'), z3), /^sat/)
  })

  it('behavior: gives the values that the query asks for', () => {
    assert.match(solve(query('(= x y)', '(= y 7)'), z3), /^sat\s+\(\(\|?EVALEXPR_0\|? 7\)\)/)
  })
})

describe('check', () => {
  it('soundness: proves the fee, and finds the arguments for which a fee that is rounded up is too high', () => {
    const property = properties.find(({ contract }) => contract === 'FeeIsCapped')
    assert.ok(property)

    assert.equal(check(property.contract, { z3 }).verdict, 'proved')
    const planted = check(property.contract, { z3, change: property.change })
    assert.equal(planted.verdict, 'refuted')
    assert.match(planted.counterexample, /feeBps = \w+/)
  })
})

describe('parseScript', () => {
  it('behavior: writes what it read', () => {
    const script = '(assert (=> (and |a b| (<= x_1 0)) (= ((_ int2bv 96) y) 12)))'

    assert.equal(parseScript(script).map(write).join('\n'), script)
  })
})
