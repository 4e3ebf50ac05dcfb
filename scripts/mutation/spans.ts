/** A piece of a source, from `start` to before `end`. */
export type Span = { start: number; end: number }

/** A source as a mutation sees it. */
export type Spans = {
  /** The source with the insides of comments and strings, and imports and pragmas, blanked, so that every place keeps its index. */
  code: string
  /** Statements inside of functions, semicolons included; in assembly one for each instruction that stands on lines of its own. */
  statements: Span[]
  /** Blocks of assembly. */
  assembly: Span[]
}

/** Finds code, statements and assembly in a Solidity source that its formatter has laid out; no more of the language is understood. */
export function spansOf(source: string): Spans {
  const code = blank(source)
  const assembly = [...code.matchAll(/\bassembly(?: \([^)]*\))? \{/g)].map((match) => {
    const start = match.index + match[0].length
    return { start, end: closing(code, start) }
  })
  const statements: Span[] = []
  for (const body of bodiesOf(code)) collect(code, { body, assembly, statements })
  return { code, statements, assembly }
}

/** Comments, strings, imports and pragmas hold nothing that a test could notice; strings of an error say nothing to a contract. */
function blank(source: string): string {
  return source.replace(/\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|^(?:import|pragma|using)\b[^;]*;/gm, (text) =>
    text.replace(/[^\n]/g, ' '),
  )
}

/** Bodies of functions, modifiers and constructors. */
function bodiesOf(code: string): Span[] {
  return [...code.matchAll(/\b(?:function \w+|constructor)\([^{;]*\{/g)].map((match) => {
    const start = match.index + match[0].length
    return { start, end: closing(code, start) }
  })
}

/** Walks one body: a statement begins after a semicolon or a brace and ends with a semicolon outside of brackets. */
function collect(
  code: string,
  { body, assembly, statements }: { body: Span; assembly: Span[]; statements: Span[] },
): void {
  let [start, depth] = [body.start, 0]
  for (let at = body.start; at < body.end; at++) {
    const block = assembly.find((span) => span.start === at)
    if (block !== undefined) {
      statements.push(...instructionsOf(code, block))
      at = block.end
      start = at + 1
      continue
    }
    const letter = code[at]
    if (letter === '(') depth += 1
    else if (letter === ')') depth -= 1
    else if (depth === 0 && (letter === '{' || letter === '}')) start = at + 1
    else if (depth === 0 && letter === ';') {
      statements.push(trimmed(code, { start, end: at + 1 }))
      start = at + 1
    }
  }
}

/** An instruction begins a line and goes on while a bracket is open. */
function instructionsOf(code: string, block: Span): Span[] {
  const found: Span[] = []
  let start = block.start
  let depth = 0
  for (let at = block.start; at < block.end; at++) {
    if (code[at] === '(') depth += 1
    else if (code[at] === ')') depth -= 1
    else if (code[at] === '\n' && depth === 0) {
      const line = trimmed(code, { start, end: at })
      if (line.end > line.start && !/[{}]$/.test(code.slice(line.start, line.end))) found.push(line)
      start = at + 1
    }
  }
  return found
}

function trimmed(code: string, { start, end }: Span): Span {
  const text = code.slice(start, end)
  return { start: start + text.length - text.trimStart().length, end: start + text.trimEnd().length }
}

/** Index of the brace that closes the one before `start`. */
function closing(code: string, start: number): number {
  let depth = 1
  for (let at = start; at < code.length; at++) {
    if (code[at] === '{') depth += 1
    else if (code[at] === '}') depth -= 1
    if (depth === 0) return at
  }
  return code.length
}
