import { timingSafeEqual } from 'node:crypto'
import { readPassphrase } from '@assay/worker/keyFilePassphrase'
import { type Command, Option } from 'commander'
import { integerArgument } from './arguments.ts'
import { PassphraseMissingError, promptPassphrase, type Terminal } from './promptPassphrase.ts'

/** Where a command's passphrase comes from; asked for at the terminal when neither is given. */
export type PassphraseOptions = { passphraseFile?: string; passphraseFd?: number }

/** Fewest bytes of the passphrase of a new keystore. */
export const minPassphraseBytes = 12

/** A new keystore would be easy to open. */
export class PassphraseShortError extends Error {
  override readonly name = 'PassphraseShortError'
  readonly bytes: number

  constructor(bytes: number) {
    super(
      `The passphrase has ${bytes} bytes; a new keystore takes at least ${minPassphraseBytes}, so use a longer one.`,
    )
    this.bytes = bytes
  }
}

/** The two passphrases that were typed are not the same. */
export class PassphrasesDifferError extends Error {
  override readonly name = 'PassphrasesDifferError'

  constructor() {
    super('The two passphrases differ, so nothing was written; run the command again.')
  }
}

/** Adds the options that name where a passphrase comes from. None takes the passphrase itself: every user sees a command line. */
export function addPassphraseOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--passphrase-file <path>', 'file of mode 0600 with the passphrase').conflicts('passphraseFd'),
    )
    .addOption(
      new Option('--passphrase-fd <number>', 'open descriptor with the passphrase').argParser(integerArgument(0, 1023)),
    )
}

/**
 * The passphrase of a keystore that exists, from the options or the terminal.
 * @returns bytes for the caller to wipe
 * @throws KeyFileError, PassphraseMissingError, PassphraseNotGivenError
 */
export async function existingPassphrase(
  {
    options,
    what = 'passphrase',
    flags = '--passphrase-file <path> or --passphrase-fd <number>',
  }: { options: PassphraseOptions; what?: string; flags?: string },
  terminal: Terminal = processTerminal(),
): Promise<Uint8Array> {
  if (options.passphraseFile !== undefined) return readPassphrase({ file: options.passphraseFile })
  if (options.passphraseFd !== undefined) return readPassphrase({ descriptor: options.passphraseFd })
  if (terminal.input.isTTY !== true) throw new PassphraseMissingError({ what, flags })
  return promptPassphrase(`${what[0]?.toUpperCase()}${what.slice(1)}`, terminal)
}

/**
 * The passphrase of a keystore to be made: typed twice when it is typed, and of at least {@link minPassphraseBytes} bytes.
 * @returns bytes for the caller to wipe
 * @throws PassphraseShortError, PassphrasesDifferError, and what {@link existingPassphrase} throws
 */
export async function newPassphrase(
  options: PassphraseOptions,
  terminal: Terminal = processTerminal(),
): Promise<Uint8Array> {
  const passphrase = await existingPassphrase({ options, what: 'new passphrase' }, terminal)
  if (passphrase.length < minPassphraseBytes) throw new PassphraseShortError(passphrase.length)
  if (options.passphraseFile === undefined && options.passphraseFd === undefined) {
    const again = await promptPassphrase('The same again', terminal)
    const equal = again.length === passphrase.length && timingSafeEqual(again, passphrase)
    again.fill(0)
    if (!equal) throw new PassphrasesDifferError()
  }
  return passphrase
}

function processTerminal(): Terminal {
  return { input: process.stdin, output: process.stderr }
}
