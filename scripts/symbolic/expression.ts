/** An S-expression of SMT-LIB 2: a symbol or numeral as it is written, or a list. */
export type Expression = string | Expression[]

/** Parses a script, which is a list of commands. Knows no strings, which solc's queries do not hold. */
export function parseScript(text: string): Expression[] {
  const stack: Expression[][] = [[]]
  for (const [token] of text.matchAll(/\|[^|]*\||[()]|[^\s()|;]+/g)) {
    if (token === '(') stack.push([])
    else if (token === ')') {
      const done = stack.pop()
      if (done !== undefined) stack.at(-1)?.push(done)
    } else stack.at(-1)?.push(token)
  }
  return stack[0] ?? []
}

/** Writes an expression as SMT-LIB 2. */
export function write(expression: Expression): string {
  return typeof expression === 'string' ? expression : `(${expression.map(write).join(' ')})`
}

/** Whether an expression is a numeral, such as `10000`. */
export function isNumeral(expression: Expression): expression is string {
  return typeof expression === 'string' && /^\d+$/.test(expression)
}

/** Puts other atoms in the place of an expression's own. */
export function substitute(expression: Expression, replace: (atom: string) => string): Expression {
  return typeof expression === 'string' ? replace(expression) : expression.map((part) => substitute(part, replace))
}
