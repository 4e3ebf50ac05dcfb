import { type Expression, isNumeral, write } from './expression.ts'

/**
 * The products of two unknowns in a query, each an unknown of its own, and what is known of them, for products x·y and x·z and for numerals c:
 *
 *   (1) x ≥ 0 ∧ y ≥ 0  ⇒  x·y ≥ 0
 *   (2) x ≥ 0 ∧ y ≥ z  ⇒  x·y ≥ x·z
 *   (3) x ≥ 0 ∧ y > z  ⇒  x·y ≥ x·z + x
 *   (4) x ≥ 0 ∧ y ≤ c  ⇒  x·y ≤ c·x
 *
 * A product of any two factors counts as one that is there: the proof of q ≤ d from w·q ≤ d·t and t ≤ w needs d·w.
 */
export function createProducts() {
  const factors = new Map<string, string>()
  const definitions: Expression[] = []
  const pairs = new Map<string, [string, string]>()

  /** A factor by name; one that is no unknown gets one. */
  const factorOf = (expression: Expression): string => {
    const text = write(expression)
    const name = factors.get(text) ?? (typeof expression === 'string' ? text : `factor_${factors.size}`)
    if (!factors.has(text) && name !== text) definitions.push(['=', name, expression])
    factors.set(text, name)
    return name
  }

  const replaceIn = (expression: Expression): Expression => {
    if (typeof expression === 'string') return expression
    const parts = expression.map(replaceIn)
    if (parts[0] !== '*') return parts
    const [, left = '1', right = '1'] = parts
    if (isNumeral(left) || isNumeral(right)) return parts
    const pair: [string, string] = [factorOf(left), factorOf(right)]
    const product = productOf(...pair)
    pairs.set(product, pair)
    return product
  }

  return {
    /** Puts unknowns in the place of an expression's products. */
    replaceIn,
    /** Declares the unknowns; call it when all products are replaced. */
    declarations: (): Expression[] => {
      const names = Array.from(factors.values())
      const own = names.filter((name) => name.startsWith('factor_'))
      const products = new Set(names.flatMap((left) => names.map((right) => productOf(left, right))))
      return [...own, ...products].map((name) => ['declare-fun', name, [], 'Int'])
    },
    /** Unknowns of the query, but no quotients, of which every product has one: with values for these, the query is linear. */
    cover: (): string[] => {
      const chosen: string[] = []
      let left = Array.from(pairs.values(), (pair) => pair.filter((name) => !/^factor_|div_mod/.test(name)))
      for (;;) {
        left = left.filter((pair) => pair.length > 0 && !pair.some((name) => chosen.includes(name)))
        const counts = left.flat().map((name) => ({ name, count: left.filter((pair) => pair.includes(name)).length }))
        const most = counts.sort((a, b) => b.count - a.count)[0]
        if (most === undefined) return chosen
        chosen.push(most.name)
      }
    },
    /** The facts (1) to (4) of all products, and what the factors' names stand for. */
    facts: (numerals: Iterable<string>): Expression[] => {
      const names = Array.from(factors.values())
      const constants = Array.from(numerals)
      const facts = names.flatMap((x) =>
        names.flatMap((y) => [
          given(
            [
              ['>=', x, '0'],
              ['>=', y, '0'],
            ],
            ['>=', productOf(x, y), '0'],
          ),
          ...names
            .filter((z) => z !== y)
            .flatMap((z) => [
              given(
                [
                  ['>=', x, '0'],
                  ['>=', y, z],
                ],
                ['>=', productOf(x, y), productOf(x, z)],
              ),
              given(
                [
                  ['>=', x, '0'],
                  ['>', y, z],
                ],
                ['>=', productOf(x, y), ['+', productOf(x, z), x]],
              ),
            ]),
          ...constants.map((c) =>
            given(
              [
                ['>=', x, '0'],
                ['<=', y, c],
              ],
              ['<=', productOf(x, y), ['*', c, x]],
            ),
          ),
        ]),
      )
      return [...definitions, ...facts]
    },
  }
}

function productOf(left: string, right: string): string {
  const [first, second] = [left, right].map((name) => name.replaceAll('|', '')).sort()
  return `|${first} * ${second}|`
}

function given(conditions: Expression[], fact: Expression): Expression {
  return ['=>', ['and', ...conditions], fact]
}
