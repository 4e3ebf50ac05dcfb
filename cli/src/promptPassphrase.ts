/** A terminal that passphrases are typed at. */
export type Terminal = {
  input: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown }
  output: { write: (text: string) => unknown }
}

/** A passphrase is needed, none is named, and nobody can be asked. */
export class PassphraseMissingError extends Error {
  override readonly name = 'PassphraseMissingError'

  constructor({ what, flags }: { what: string; flags: string }) {
    super(`The ${what} is needed and there is no terminal to ask for it; use ${flags}.`)
  }
}

/** Whoever was asked for a passphrase left instead. */
export class PassphraseNotGivenError extends Error {
  override readonly name = 'PassphraseNotGivenError'

  constructor() {
    super('No passphrase was typed, so nothing was changed; run the command again.')
  }
}

const maxBytes = 1024
const [interrupt, endOfText, backspace, lineFeed, carriageReturn, clearLine, erase] = [3, 4, 8, 10, 13, 21, 127]

/**
 * Asks for a passphrase at a terminal, without echo. Backspace and Ctrl-U work; Ctrl-C and Ctrl-D end the question.
 * @returns the bytes typed before Enter, for the caller to wipe
 * @throws PassphraseNotGivenError
 */
export async function promptPassphrase(question: string, { input, output }: Terminal): Promise<Uint8Array> {
  input.setRawMode?.(true)
  output.write(`${question}: `)
  try {
    return await readLine(input)
  } finally {
    input.setRawMode?.(false)
    output.write('\n')
  }
}

function readLine(input: Terminal['input']): Promise<Uint8Array> {
  const typed = Buffer.alloc(maxBytes)
  let length = 0
  return new Promise((resolve, reject) => {
    const done = (finish: () => void) => {
      input.off('data', onData).off('end', onEnd).off('error', onEnd)
      input.pause()
      finish()
      typed.fill(0)
    }
    const onEnd = () => done(() => reject(new PassphraseNotGivenError()))
    const onData = (data: Buffer) => {
      for (const [index, byte] of data.entries()) {
        if (byte === interrupt || byte === endOfText) return onEnd()
        if (byte === lineFeed || byte === carriageReturn) {
          const rest = Buffer.from(data.subarray(index + 1))
          data.fill(0)
          return done(() => {
            // What was pasted after Enter answers the next question.
            if (rest.length > 0) input.unshift(rest)
            resolve(Buffer.from(typed.subarray(0, length)))
          })
        }
        if (byte === clearLine) length = 0
        else if (byte === backspace || byte === erase) length = beforeLastCharacter(typed, length)
        else if (byte >= 32 && length < maxBytes) typed[length++] = byte
      }
      data.fill(0)
    }
    input.on('data', onData).on('end', onEnd).on('error', onEnd)
    input.resume()
  })
}

/** Where the last character begins: its bytes after the first are 10xxxxxx in UTF-8. */
function beforeLastCharacter(bytes: Uint8Array, length: number): number {
  let start = Math.max(0, length - 1)
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--
  return start
}
