import { type Code, types, unsigned, type ValueType } from './wasmCode.ts'

/** Indices of local variables by name. */
export type Locals<Name extends string> = Record<Name, number>

/** Adds locals of one type to a function under construction. */
export type AddLocals = <Name extends string>(type: ValueType, names: readonly Name[]) => Locals<Name>

/** A function of int32 parameters that returns nothing. */
export type WasmFunction<Name extends string = string> = {
  parameters: readonly Name[]
  locals: ValueType[]
  code: Code
}

/** A function as `write` makes it from its parameters and the locals that it adds. */
export function wasmFunction<const Name extends string>(
  parameters: readonly Name[],
  write: (parameters: Locals<Name>, addLocals: AddLocals) => Code,
): WasmFunction<Name> {
  const locals: ValueType[] = []
  const addLocals: AddLocals = (type, names) =>
    numbered(
      names,
      names.map(() => parameters.length + locals.push(type) - 1),
    )
  const code = write(numbered(parameters, [...parameters.keys()]), addLocals)
  return { parameters, locals, code }
}

function numbered<Name extends string>(names: readonly Name[], indices: number[]): Locals<Name> {
  // every name has its entry
  return Object.fromEntries(names.map((name, place) => [name, indices[place] ?? 0])) as Locals<Name>
}

/** A module that imports a memory of `pages` as `host.memory` and exports its last function as `run`. */
export function encodeWasmModule({
  functions,
  pages,
}: {
  functions: readonly WasmFunction[]
  pages: number
}): Uint8Array<ArrayBuffer> {
  const signatures = functions.map(({ parameters }) => [0x60, ...list(parameters.map(() => [types.i32])), 0])
  const bodies = functions.map(({ locals, code }) => {
    const body = [...list(locals.map((type) => [1, types[type]])), ...code, 0x0b]
    return [...unsigned(body.length), ...body]
  })
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(signatures)),
    ...section(2, list([[...text('host'), ...text('memory'), 2, 0, ...unsigned(pages)]])),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(7, list([[...text('run'), 0, ...unsigned(functions.length - 1)]])),
    ...section(10, list(bodies)),
  ])
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content]
}

function list(items: readonly (readonly number[])[]): Code {
  return [...unsigned(items.length), ...items.flat()]
}

function text(value: string): Code {
  return list([...new TextEncoder().encode(value)].map((byte) => [byte]))
}
