import type { InputSource } from '@assay/sdk/readInput'

/** What is in a pasted text: JSON where it begins like it, otherwise the first row of CSV; nothing for no text. */
export function readText(text: string): InputSource | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  return /^[[{]/.test(trimmed) ? { json: parseJson(trimmed) } : { csv: trimmed }
}

/** What a file holds, by its name's ending; whatever is no text of values is taken for an image, which says itself when it is none. */
export function sourceOfFile({ name, bytes }: { name: string; bytes: Uint8Array }): InputSource | undefined {
  const ending = name.toLowerCase().split('.').at(-1)
  if (ending === 'npy') return { npy: bytes }
  if (ending === 'json') return { json: parseJson(new TextDecoder().decode(bytes)) }
  if (ending === 'csv' || ending === 'txt') return readText(new TextDecoder().decode(bytes))
  return { image: bytes, resize: 'area' }
}

/** The text is not JSON. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError'

  constructor(cause: unknown) {
    super('The text begins like JSON and is none; check its brackets and commas.', { cause })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new JsonTextError(cause)
  }
}
