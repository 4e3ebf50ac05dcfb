import { existsSync, rmSync } from 'node:fs'
import { keyOfContent, readKeyContent } from '@assay/worker/keyFileContent'
import { encryptKey } from '@assay/worker/keyFileEncrypted'
import { accountOfKey } from '@assay/worker/keyFileParse'
import { Argument, type Command } from 'commander'
import { type Address, isAddressEqual } from 'viem'
import { createContext } from './context.ts'
import {
  checkTarget,
  defaultKeyPath,
  defaultKeyPathText,
  generateKey,
  keystoreText,
  savePrivate,
} from './keyStorage.ts'
import { nameSigner, openOperator } from './nameSigner.ts'
import { facts } from './output.ts'
import { addPassphraseOptions, existingPassphrase, newPassphrase, type PassphraseOptions } from './passphraseOptions.ts'

type RotateOptions = PassphraseOptions & { send?: boolean }

/** Adds `assay worker key rotate`. */
export function addKeyRotateCommand(key: Command, signal: AbortSignal): void {
  addPassphraseOptions(key.command('rotate'))

    .addArgument(new Argument('[file]', 'keystore to replace').default(defaultKeyPath(), defaultKeyPathText))
    .option(
      '--send',
      'name the new key to the registry, from the operator: --key-file, --key-remote, --key-pkcs11 or --dev-account',
    )
    .description('put a new key in the place of a keystore, under the same passphrase; the old one is kept beside it')
    .addHelpText(
      'after',
      '\nExample: assay worker key rotate --send --passphrase-file ~/.assay/passphrase --key-file operator.json --key-passphrase-file ~/.assay/passphrase',
    )
    .action(async (file: string, options: RotateOptions, command: Command) => {
      const context = createContext(command, signal)
      const client = options.send === true ? await openOperator(context) : undefined
      const former = readKeyContent(file)
      checkTarget(file, { replace: true })
      const passphrase = await (former.format === 'raw' ? newPassphrase(options) : existingPassphrase({ options }))
      try {
        const formerAddress = await addressOf(former, passphrase)
        // The new key is on disk before the registry knows it, and a rotation that was interrupted goes on with it.
        const { address, text } = await prepareNext(`${file}.next`, { passphrase, formerAddress })
        const transaction = client && (await nameSigner(context, { client, signer: address }))
        const { backup } = savePrivate({ path: file, text }, { replace: true })
        rmSync(`${file}.next`, { force: true })
        const result = { file, address, former: formerAddress, kept: backup, transaction }
        context.output.result(result, facts(rotateFacts(result)))
      } finally {
        passphrase.fill(0)
      }
    })
}

async function addressOf(content: ReturnType<typeof readKeyContent>, passphrase: Uint8Array): Promise<Address> {
  const key = await keyOfContent(content, async () => Uint8Array.from(passphrase))
  const { address } = accountOfKey(key)
  key.fill(0)
  return address
}

/** The key that comes next: the one that an interrupted rotation left at the path, or a new one that is written there. */
async function prepareNext(
  path: string,
  { passphrase, formerAddress }: { passphrase: Uint8Array; formerAddress: Address },
): Promise<{ address: Address; text: string }> {
  if (existsSync(path)) {
    const content = readKeyContent(path)
    if (content.format !== 'assay-keystore') throw new NextKeyError(path)
    const address = await addressOf(content, passphrase)
    if (!isAddressEqual(address, formerAddress)) return { address, text: keystoreText(content.keystore) }
    // That rotation was done but for this file.
    rmSync(path)
  }
  const key = generateKey()
  const keystore = await encryptKey({ key, passphrase })
  key.fill(0)
  const text = keystoreText(keystore)
  savePrivate({ path, text })
  return { address: keystore.address, text }
}

/** What an interrupted rotation left is no keystore of this program. */
export class NextKeyError extends Error {
  override readonly name = 'NextKeyError'
  readonly path: string

  constructor(path: string) {
    super(`The file ${path} was not written by a rotation; move it away and rotate again.`)
    this.path = path
  }
}

function rotateFacts(result: Record<string, string | undefined>): [string, string][] {
  return Object.entries(result).filter((entry): entry is [string, string] => entry[1] !== undefined)
}
