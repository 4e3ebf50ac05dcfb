import { type Expression, isNumeral, parseScript, substitute, write } from './expression.ts'
import { createProducts } from './products.ts'

/**
 * Rewrites a query of solc's model checker so that a solver for linear arithmetic can decide it: {@link normalize}, and each product of two unknowns
 * becomes an unknown of its own, of which only the facts of {@link createProducts} are kept. All facts are true of integers, so when no values satisfy the
 * result, none satisfy the query. The reverse does not hold.
 * @returns the script, and unknowns of the query of which every product has one
 */
export function linearize(query: string): { script: string; cover: string[] } {
  const { declared, conditions } = normalize(query)
  const products = createProducts()
  const linear = unique(
    conditions.filter((condition) => !asked(condition)).map((condition) => products.replaceIn(condition)),
  )
  const asserts = [...linear, ...products.facts(numeralsOf(linear))].map((condition) => ['assert', condition])
  const commands = [...declared, ...products.declarations(), ...asserts, ['check-sat']]
  return { script: commands.map(write).join('\n'), cover: products.cover() }
}

/**
 * Rewrites a query as {@link linearize} does, but with its products: satisfied by the same values, which the result asks for as the query does.
 * @param given values that some unknowns are to have
 */
export function simplifyQuery(query: string, given: ReadonlyMap<string, string> = new Map()): string {
  const { declared, conditions, questions } = normalize(query)
  const fixed = Array.from(given, ([name, value]) => ['=', name, value])
  return [
    ...declared,
    ...[...conditions, ...fixed].map((condition) => ['assert', condition]),
    ['check-sat'],
    ...questions,
  ]
    .map(write)
    .join('\n')
}

/** One name for unknowns that are equal, and remainders by 2^n for numbers that are cut to n bits, which solc writes as a detour over bit vectors. */
function normalize(query: string): { declared: Expression[]; conditions: Expression[]; questions: Expression[] } {
  const commands = parseScript(query).filter((command) => !['set-option', 'check-sat'].includes(headOf(command)))
  const all = commands.filter((command) => headOf(command) === 'assert').flatMap(([, body = 'true']) => conjuncts(body))
  const cuts = createCuts()
  const conditions = mergeEqual(all).map((condition) => cuts.replaceIn(condition))
  return {
    declared: [
      ...commands.filter((command) => !['assert', 'get-value'].includes(headOf(command))),
      ...cuts.declarations(),
    ],
    conditions: unique([...conditions, ...cuts.facts()]),
    questions: commands.filter((command) => headOf(command) === 'get-value'),
  }
}

/** Whether a condition only names a value that solc asks for. */
function asked(condition: Expression): boolean {
  return condition[0] === '=' && isAsked(condition[1] ?? '')
}

function isAsked(expression: Expression): boolean {
  return typeof expression === 'string' && expression.includes('EVALEXPR')
}

function headOf(command: Expression): string {
  return typeof command[0] === 'string' ? command[0] : ''
}

/** The parts of a conjunction that are to hold, without what is trivially true. */
function conjuncts(condition: Expression): Expression[] {
  const simple = simplify(condition)
  if (simple === 'true') return []
  return Array.isArray(simple) && simple[0] === 'and' ? simple.slice(1).flatMap(conjuncts) : [simple]
}

function simplify(expression: Expression): Expression {
  if (typeof expression === 'string') return expression
  const [head = '', ...rest] = expression
  const parts = rest.map(simplify)
  if (head === 'and' || head === 'or') {
    const [neutral, final] = head === 'and' ? ['true', 'false'] : ['false', 'true']
    const kept = parts.filter((part) => part !== neutral)
    if (kept.includes(final)) return final
    return kept.length > 1 ? [head, ...kept] : (kept[0] ?? neutral)
  }
  if (head === '=>' && parts[0] === 'true') return parts[1] ?? 'true'
  if (head === 'ite' && parts[0] === 'true') return parts[1] ?? 'true'
  const [left = '', right = ''] = parts
  if (isNumeral(left) && isNumeral(right)) return compare(head, [BigInt(left), BigInt(right)]) ?? [head, ...parts]
  if (head === '=>' && (parts[0] === 'false' || parts[1] === 'true')) return 'true'
  return [head, ...parts]
}

function compare(operator: Expression, [left = 0n, right = 0n]: bigint[]): string | undefined {
  if (operator === '=') return String(left === right)
  if (operator === '<=') return String(left <= right)
  if (operator === '>=') return String(left >= right)
  return undefined
}

function unique(conditions: Expression[]): Expression[] {
  return Array.from(new Map(conditions.map((condition) => [write(condition), condition])).values())
}

/** Gives one name to unknowns that are equal, that are a numeral, or that are the same expression of others; until nothing changes. */
function mergeEqual(conditions: Expression[]): Expression[] {
  let current = conditions
  for (;;) {
    const names = new Map<string, string>()
    const meaning = new Map<string, string>()
    for (const condition of current) {
      if (!Array.isArray(condition) || condition[0] !== '=' || condition.length !== 3) continue
      const [, left = '', right = ''] = condition
      if (!isUnknown(left) || names.has(left)) continue
      const target = typeof right === 'string' ? right : meaning.get(write(right))
      if (target === undefined) meaning.set(write(right), left)
      else if (isUnknown(target) || isNumeral(target)) {
        const end = resolve(target, names)
        if (end !== left) names.set(left, end)
      }
    }
    if (names.size === 0) return current
    current = unique(current.map((condition) => substitute(condition, (atom) => resolve(atom, names))))
      .flatMap(conjuncts)
      .filter((condition) => !isIdentity(condition))
  }
}

function isIdentity(condition: Expression): boolean {
  return condition[0] === '=' && write(condition[1] ?? '') === write(condition[2] ?? '')
}

function isUnknown(expression: Expression): expression is string {
  return (
    typeof expression === 'string' &&
    /^[a-zA-Z_|]/.test(expression) &&
    !/^(true|false)$/.test(expression) &&
    !isAsked(expression)
  )
}

function resolve(atom: string, names: Map<string, string>): string {
  let name = atom
  for (let next = names.get(name); next !== undefined; next = names.get(name)) name = next
  return name
}

function numeralsOf(expressions: Expression[]): Set<string> {
  const found = new Set<string>()
  const visit = (expression: Expression) => {
    if (isNumeral(expression)) found.add(expression)
    else if (typeof expression !== 'string') for (const part of expression) visit(part)
  }
  for (const expression of expressions) visit(expression)
  return found
}

/** Numbers cut to their low bits, as solc writes it: over a bit vector, and for negative numbers over its complement. Both are the remainder by 2^n. */
function createCuts() {
  const names = new Map<string, { name: string; value: Expression; bits: bigint }>()

  const replaceIn = (expression: Expression): Expression => {
    if (typeof expression === 'string') return expression
    const found = readCut(expression)
    if (found === undefined) return expression.map(replaceIn)
    const value = replaceIn(found.value)
    const key = write([String(found.bits), value])
    const name = names.get(key)?.name ?? `cut_${names.size}`
    names.set(key, { name, value, bits: found.bits })
    return name
  }

  return {
    replaceIn,
    declarations: (): Expression[] =>
      Array.from(names.values()).flatMap(({ name }) =>
        [name, `above_${name}`].map((own) => ['declare-fun', own, [], 'Int']),
      ),
    facts: (): Expression[] =>
      Array.from(names.values()).flatMap(({ name, value, bits }) => {
        const size = String(2n ** bits)
        return [
          ['>=', name, '0'],
          ['<', name, size],
          ['=', value, ['+', ['*', `above_${name}`, size], name]],
        ]
      }),
  }
}

/** Reads `(bv2nat (ite (>= x 0) ((_ int2bv n) x) (bvneg ((_ int2bv n) (- x)))))`. */
function readCut(expression: Expression): { value: Expression; bits: bigint } | undefined {
  const choice = expression[0] === 'bv2nat' ? expression[1] : undefined
  if (!Array.isArray(choice) || choice[0] !== 'ite') return undefined
  const [, , low] = choice
  const [converter = '', value = ''] = Array.isArray(low) ? low : []
  const bits = write(converter).match(/^\(_ int2bv (\d+)\)$/)?.[1]
  if (bits === undefined) return undefined
  const cut = (part: Expression): Expression => [['_', 'int2bv', bits], part]
  const expected: Expression = ['bv2nat', ['ite', ['>=', value, '0'], cut(value), ['bvneg', cut(['-', value])]]]
  return write(expected) === write(expression) ? { value, bits: BigInt(bits) } : undefined
}
