import { type Span, spansOf } from './spans.ts'
import type { Change } from './workbench.ts'

/** One change of a piece of Solidity, where it is, and what it does. */
export type Mutant = { line: number; operator: string; from: string; to: string; change: Change }

/** What is exchanged for what in Solidity; each stands between spaces in code that the formatter has seen. */
const exchanges: Record<string, [string, string][]> = {
  relation: [
    [' < ', ' <= '],
    [' <= ', ' < '],
    [' > ', ' >= '],
    [' >= ', ' > '],
    [' == ', ' != '],
    [' != ', ' == '],
  ],
  logic: [
    [' && ', ' || '],
    [' || ', ' && '],
    [' ? ', ' == false ? '],
  ],
  arithmetic: [
    [' + ', ' - '],
    [' - ', ' + '],
    [' * ', ' / '],
    [' / ', ' * '],
    [' % ', ' / '],
    [' += ', ' -= '],
    [' -= ', ' += '],
  ],
  bits: [
    [' & ', ' | '],
    [' | ', ' & '],
    [' |= ', ' &= '],
    [' << ', ' >> '],
    [' >> ', ' << '],
  ],
}

/** The same in assembly. */
const assemblyExchanges: [string, string][] = [
  ['and(', 'or('],
  ['lt(', 'gt('],
  ['eq(', 'lt('],
  ['add(', 'sub('],
  ['sub(', 'add('],
  ['mul(', 'add('],
  ['shl(', 'shr('],
  ['shr(', 'shl('],
  ['iszero(', 'not('],
]

/**
 * Lists the mutants of a Solidity source: exchanged operators, negations, other numbers, conditions that never or always hold, swapped arguments, and what
 * is dropped: statements, events, calls, returned values, modifiers.
 * @param file path that the changes carry
 */
export function listMutants(file: string, source: string): Mutant[] {
  const { code, statements, assembly } = spansOf(source)
  const mutants: Mutant[] = []
  const add = (operator: string, { start, end }: Span, to: string) => {
    const [before, from] = [source.slice(0, start), source.slice(start, end)]
    const line = before.split('\n').length
    mutants.push({ line, operator, from, to, change: { file, from: before + from, to: before + to } })
  }
  const inAssembly = ({ start }: Span) => assembly.some((span) => span.start <= start && start < span.end)
  const each = (pattern: RegExp, found: (span: Span, groups: string[]) => void) => {
    for (const match of code.matchAll(pattern)) {
      found({ start: match.index, end: match.index + match[0].length }, match.slice(1))
    }
  }

  for (const [operator, pairs] of Object.entries(exchanges)) {
    for (const [from, to] of pairs) each(literal(from), (span) => inAssembly(span) || add(operator, span, to))
  }
  for (const [from, to] of assemblyExchanges) {
    each(new RegExp(`\\b${literal(from).source}`, 'g'), (span) => inAssembly(span) && add('assembly', span, to))
  }
  each(/(?<=[\s(])!(?=[\w(])/g, (span) => add('negation', span, ''))
  each(/\b(true|false)\b/g, (span, [value]) => add('value', span, value === 'true' ? 'false' : 'true'))
  each(/(?<![\w.])(?:0x[\da-f]{1,8}|\d[\d_]*)(?![\w.])/g, (span) => {
    const value = Number(code.slice(span.start, span.end).replaceAll('_', ''))
    // In assembly mostly a length: a precompile reads and writes no more than it needs, so that one more says nothing, and one less does.
    if (!inAssembly(span) || value === 0) add('number', span, String(value + 1))
    if (value > 1 || (inAssembly(span) && value === 1)) add('number', span, String(value - 1))
  })
  each(/\s+(?:nonReentrant|onMarket|onlyMarket|restricted)\b(?!\()/g, (span) => add('modifier', span, ''))
  // Of two plain arguments or members of a tuple, behind a bracket.
  each(/(?<=[\w)]\(|return \(|= \()([\w.]+), ([\w.]+)(?=[,)])/g, (span, [first, second]) => {
    if (first !== second && !inAssembly(span)) add('swap', span, `${second}, ${first}`)
  })
  for (const { condition, guards } of conditionsOf(code)) {
    if (inAssembly(condition)) continue
    add('condition', condition, 'false')
    if (!guards) add('condition', condition, 'true')
  }
  for (const span of statements) {
    const text = code.slice(span.start, span.end)
    if (inAssembly(span) ? !/^(let|for|if|switch|function|return|revert)\b/.test(text) : canBeDropped(text)) {
      add(text.startsWith('return') ? 'return' : 'statement', span, '')
    }
  }
  return mutants
}

function literal(text: string): RegExp {
  return new RegExp(text.replace(/[?|*+()]/g, '\\$&'), 'g')
}

/** Conditions of `if`, and whether one only guards a revert, so that to hold always would stop every call. */
function conditionsOf(code: string): { condition: Span; guards: boolean }[] {
  return [...code.matchAll(/\bif \(/g)].map((match) => {
    const start = match.index + match[0].length
    let end = start
    for (let depth = 1; depth > 0 && end < code.length; end++) {
      if (code[end] === '(') depth += 1
      else if (code[end] === ')') depth -= 1
    }
    return { condition: { start, end: end - 1 }, guards: /^\s*\{?\s*revert\b/.test(code.slice(end)) }
  })
}

/** Declarations cannot: what is declared would be missing. A guard is dropped as a condition. */
function canBeDropped(text: string): boolean {
  if (/^(if|for|while|do|else|revert|using|event|error|struct|enum|type|unchecked|assembly|constructor|_)\b/.test(text))
    return false
  if (/^\([\w.]+ \w|^\(, [\w.]+ \w/.test(text)) return false
  return !/^(?!emit|delete|return)[\w.]+(?:\[\])?(?: memory| calldata| storage)? \w+(?: =|;)/.test(text)
}
