import type { Change } from './workbench.ts'

/** One change of one line of Solidity, and where it is. */
export type Mutant = { line: number; operator: string; change: Change }

/** What is exchanged for what; each stands between spaces in code that solhint accepts. */
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
  ],
  arithmetic: [
    [' + ', ' - '],
    [' - ', ' + '],
    [' * ', ' / '],
    [' / ', ' * '],
  ],
  assembly: [
    ['and(valid, ', 'or(valid, '],
    ['lt(', 'gt('],
    ['eq(', 'lt('],
    ['add(', 'sub('],
  ],
}

/**
 * Lists the mutants of a Solidity source: exchanged operators, dropped checks, dropped statements and dropped re-entrancy locks.
 * @param file path that the changes carry
 */
export function listMutants(file: string, source: string): Mutant[] {
  const mutants: Mutant[] = []
  let start = 0
  for (const [index, text] of source.split('\n').entries()) {
    const add = (operator: string, from: string, to: string, at: number) => {
      const before = source.slice(0, start + at)
      mutants.push({ line: index + 1, operator, change: { file, from: before + from, to: before + to } })
    }
    if (isCode(text)) {
      for (const [operator, pairs] of Object.entries(exchanges)) {
        for (const [from, to] of pairs) {
          for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, at + 1)) add(operator, from, to, at)
        }
      }
      if (/^\s+if \(.*\) revert .*;$/.test(text)) add('check', text, '', 0)
      else if (/^\s+(?!return|emit|using|event|error|revert)[\w.[\]]+(\(.*\)| [+-]?= .*);$/.test(text))
        add('statement', text, '', 0)
      const lock = text.indexOf(' nonReentrant')
      if (lock >= 0) add('lock', ' nonReentrant', '', lock)
      else if (/^\s+nonReentrant$/.test(text)) add('lock', text, '', 0)
    }
    start += text.length + 1
  }
  return mutants
}

/** Declarations, imports and comments have nothing that a test could notice. */
function isCode(text: string): boolean {
  return !/^\s*(\/\/|\/\*|\*|import|pragma|using|event|error|type|\w+( \w+)* (constant|immutable) )/.test(text)
}
