import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { readKeyFile } from '@assay/worker/keyFile'
import { keyOfContent, readKeyContent } from '@assay/worker/keyFileContent'
import { accountOfKey } from '@assay/worker/keyFileParse'
import { parseTokenUri } from '@assay/worker/pkcs11Uri'
import { type Command, Option } from 'commander'
import type { Address, LocalAccount } from 'viem'
import { addressArgument, integerArgument } from './arguments.ts'
import { existingPassphrase } from './passphraseOptions.ts'

/** Options that name the account that sends; the first that is given counts, in this order. */
export type AccountOptions = {
  keyPkcs11?: string
  keyRemote?: string
  keyAddress?: Address
  keyFile?: string
  keyPassphraseFile?: string
  keyPassphraseFd?: number
  devAccount?: number
}

/** No key was named for a command that sends a transaction. */
export class KeyMissingError extends Error {
  override readonly name = 'KeyMissingError'

  constructor({ local }: { local: boolean }) {
    super(
      `This command sends a transaction and no key is named; use --key-file <path>${local ? ' or --dev-account <number>' : ', --key-remote <url> or --key-pkcs11 <uri>'}.`,
    )
  }
}

/** A remote signer may hold many keys, and none is named. */
export class KeyAddressMissingError extends Error {
  override readonly name = 'KeyAddressMissingError'

  constructor() {
    super('A remote signer is named and not the account that it signs for; add --key-address <address>.')
  }
}

const sources = ['keyPkcs11', 'keyRemote', 'keyFile', 'devAccount'] as const
const companions = ['keyAddress', 'keyPassphraseFile', 'keyPassphraseFd'] as const

/** Where values of options come from: what is typed counts before what is kept. */
const ranks: Record<string, number> = { cli: 3, env: 2, config: 1 }

/**
 * Leaves out what names another account than the one that counts: a flag counts before the environment, and that before the file of
 * defaults, and so with what goes with a key.
 * @param sourceOf where an option's value comes from, as commander says it
 */
export function chooseAccount<T extends AccountOptions>(
  options: T,
  sourceOf: (name: keyof AccountOptions) => string | undefined,
): T {
  const rankOf = (name: keyof AccountOptions) => (options[name] === undefined ? 0 : (ranks[sourceOf(name) ?? ''] ?? 0))
  const best = Math.max(...sources.map(rankOf))
  const chosen = { ...options }
  for (const name of [...sources, ...companions]) if (rankOf(name) < best) delete chosen[name]
  // Either says the passphrase.
  if (rankOf('keyPassphraseFd') > rankOf('keyPassphraseFile')) delete chosen.keyPassphraseFile
  return chosen
}

/** Adds the options that name the account that sends. */
export function addAccountOptions(program: Command): Command {
  return program
    .addOption(
      new Option(
        '--key-file <path>',
        'keystore of the account that sends, or on local chains its key in hex; mode 0600',
      ).env('ASSAY_KEY_FILE'),
    )
    .addOption(
      new Option(
        '--key-passphrase-file <path>',
        "file of mode 0600 with that keystore's passphrase, or the token's PIN",
      )
        .env('ASSAY_KEY_PASSPHRASE_FILE')
        .conflicts('keyPassphraseFd'),
    )
    .addOption(
      new Option('--key-passphrase-fd <number>', 'open descriptor with it').argParser(integerArgument(0, 1023)),
    )
    .addOption(
      new Option('--key-pkcs11 <uri>', 'key of the account that sends, in a token (RFC 7512, with module-path)').env(
        'ASSAY_KEY_PKCS11',
      ),
    )
    .addOption(
      new Option('--key-remote <url>', "signer of the account that sends, which speaks Web3Signer's JSON-RPC").env(
        'ASSAY_KEY_REMOTE',
      ),
    )
    .addOption(
      new Option('--key-address <address>', 'the account that it signs for')
        .argParser(addressArgument)
        .env('ASSAY_KEY_ADDRESS'),
    )
    .addOption(
      new Option('--dev-account <number>', "a local chain's funded account")
        .argParser(integerArgument(0, 19))
        .env('ASSAY_DEV_ACCOUNT'),
    )
}

/**
 * Opens the account that the options name.
 * @throws KeyMissingError, KeyAddressMissingError, and what the source throws
 */
export async function openAccount(options: AccountOptions, chainId: number): Promise<LocalAccount> {
  const { keyPkcs11, keyRemote, keyAddress, keyFile, devAccount } = options
  if (keyPkcs11 !== undefined) {
    const uri = parseTokenUri(keyPkcs11)
    const pin = await passphraseOf(options, "PIN of the sender's token")
    const { connectToken } = await import('@assay/worker/signerPkcs11')
    return connectToken({ uri, pin }).finally(() => pin.fill(0))
  }
  if (keyRemote !== undefined) {
    if (keyAddress === undefined) throw new KeyAddressMissingError()
    const { connectRemoteSigner } = await import('@assay/worker/signerRemote')
    return connectRemoteSigner({ url: keyRemote, address: keyAddress })
  }
  if (keyFile !== undefined) return openFile(keyFile, { options, chainId })
  if (devAccount !== undefined) return developmentAccount({ chainId, index: devAccount })
  throw new KeyMissingError({ local: chainId === 31_337 })
}

async function openFile(
  path: string,
  { options, chainId }: { options: AccountOptions; chainId: number },
): Promise<LocalAccount> {
  const content = readKeyContent(path)
  // Raw keys are for local chains only, which this sees to.
  if (content.format === 'raw') return readKeyFile(path, chainId)
  const key = await keyOfContent(content, () => passphraseOf(options, `passphrase of ${path}`))
  const account = accountOfKey(key)
  key.fill(0)
  return account
}

function passphraseOf({ keyPassphraseFile, keyPassphraseFd }: AccountOptions, what: string): Promise<Uint8Array> {
  const options = {
    ...(keyPassphraseFile !== undefined && { passphraseFile: keyPassphraseFile }),
    ...(keyPassphraseFd !== undefined && { passphraseFd: keyPassphraseFd }),
  }
  return existingPassphrase({ options, what, flags: '--key-passphrase-file <path> or --key-passphrase-fd <number>' })
}
