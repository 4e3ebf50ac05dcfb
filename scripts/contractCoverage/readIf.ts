/**
 * Where an `if` stands in formatted Solidity: `first` is the line of its `if`, `next` that of the statement behind it in the same block, when there is one.
 * A body leaves the block at its end, `bare` when it is nothing but `return;`, `continue;` or `break;`, or else it stays. Lines count from 1.
 */
export type IfStatement = { first: number; next: number | undefined; body: 'bare' | 'leaves' | 'stays' }

/**
 * Reads the `if` of Solidity or Yul whose condition ends in a line. Relies on the formatter: what is in a block is indented further than what opens it.
 * @returns undefined for a `try` or `catch`, whose ways forge counts one by one
 */
export function readIf(source: string[], line: number): IfStatement | undefined {
  const text = (at: number) => source[at - 1] ?? ''
  const depth = (at: number) => text(at).search(/\S|$/)
  if (/^\s*(\} )?(try|catch) /.test(text(line))) return undefined
  let first = line
  while (first > 1 && !(depth(first) <= depth(line) && /^\s*(\} )?(else )?if /.test(text(first)))) --first

  const isBlock = /\{$/.test(text(line))
  const ends = (at: number) =>
    isBlock ? at > line && depth(at) === depth(first) && /^\s*\}/.test(text(at)) : /[;}]$/.test(text(at))
  let last = line
  while (last < source.length && !ends(last)) ++last

  let next = last + 1
  while (next < source.length && /^\s*(\/\/.*)?$/.test(text(next))) ++next
  const isStatement = depth(next) === depth(first) && !/^\s*\}/.test(text(next))
  const body = isBlock ? source.slice(line, last - 1) : source.slice(line - 1, last)
  return { first, next: isStatement ? next : undefined, body: endOf(body) }
}

/** How a body ends: a block's lines without its braces, or the lines of a single statement from the end of its condition. */
function endOf(body: string[]): IfStatement['body'] {
  const leaving = /(?:^|\) |\{ )(return|revert|continue|break)\b/
  const depth = Math.min(...body.map((line) => line.search(/\S|$/)))
  const statement = body.findLast((line) => line.search(/\S|$/) === depth && !/^\s*[)}]+;?$/.test(line))?.trim() ?? ''
  if (!leaving.test(statement)) return 'stays'
  return body.length === 1 && /(return|continue|break)(;| \})$/.test(statement) ? 'bare' : 'leaves'
}
