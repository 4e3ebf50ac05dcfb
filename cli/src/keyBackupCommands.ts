import { join } from 'node:path'
import { type KeyFileContent, keyOfContent, readKeyContent } from '@assay/worker/keyFileContent'
import { accountOfKey } from '@assay/worker/keyFileParse'
import { readSecretFile } from '@assay/worker/keyFileRead'
import { restoreKey, splitKey } from '@assay/worker/keyFileShares'
import { exportV3 } from '@assay/worker/keyFileV3'
import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { createContext } from './context.ts'
import {
  checkTarget,
  defaultBackupFolder,
  defaultBackupFolderText,
  defaultKeyPath,
  defaultKeyPathText,
  savePrivate,
} from './keyStorage.ts'
import { addTargetOptions, type TargetOptions, writeAndShow } from './keyTarget.ts'
import { table } from './output.ts'
import { addPassphraseOptions, existingPassphrase, newPassphrase, type PassphraseOptions } from './passphraseOptions.ts'

type Split = { needed: number; of: number }
type BackupOptions = PassphraseOptions & { to?: string[]; out: string; split: Split; web3?: boolean }
type RestoreOptions = TargetOptions & { identity?: string[] }

/** The shares cannot be dealt out to the recipients. */
export class RecipientCountError extends Error {
  override readonly name = 'RecipientCountError'
  readonly recipients: number
  readonly of: number

  constructor({ recipients, of }: { recipients: number; of: number }) {
    super(`There are ${recipients} recipients for ${of} shares; name one for all of them, or one for each.`)
    this.recipients = recipients
    this.of = of
  }
}

/** Adds `assay worker key backup` and `restore`. */
export function addKeyBackupCommands(key: Command, signal: AbortSignal): void {
  addPassphraseOptions(key.command('backup'))

    .addArgument(new Argument('[file]', 'key file').default(defaultKeyPath(), defaultKeyPathText))
    .addOption(
      new Option('--to <recipients...>', 'encrypt to a public key of age (age1…): one for all shares, or one for each'),
    )
    .addOption(
      new Option('--out <folder>', 'where the files go; made with mode 0700').default(
        defaultBackupFolder(),
        defaultBackupFolderText,
      ),
    )
    .addOption(
      new Option('--split <split>', 'shares, and how many of them restore the key')
        .argParser(splitArgument)
        .default({ needed: 2, of: 3 } satisfies Split, '2of3'),
    )
    .addOption(
      new Option('--web3', 'one Web3 keystore of version 3 under the same passphrase instead of shares').conflicts([
        'split',
        'to',
      ]),
    )
    .description('write shares of a key; each belongs to another place, and fewer than needed say nothing of the key')
    .addHelpText(
      'after',
      '\nExample: assay worker key backup --to "$recipient" --split 2of3 --out shares --passphrase-file ~/.assay/passphrase',
    )
    .action(async (file: string, options: BackupOptions, command: Command) => {
      const { output } = createContext(command, signal)
      await checkRecipients(options)
      const content = readKeyContent(file)
      const passphrase = await backupPassphrase(content, options)
      const opened = await keyOfContent(content, async () => Uint8Array.from(passphrase))
      const { address } = accountOfKey(opened)
      try {
        const parts = options.web3 === true ? [await web3Part(opened, passphrase)] : await shareParts(opened, options)
        const files = parts.map(({ name, text }) => ({ path: join(options.out, name), text }))
        for (const { path } of files) checkTarget(path)
        for (const { path, text } of files) savePrivate({ path, text })
        const paths = files.map(({ path }) => path)
        const what = options.web3 === true ? 'Web3 keystore' : shareText(options)
        output.result(
          { address, files: paths },
          table(
            ['address', 'file', 'holds'],
            paths.map((path) => [address, path, what]),
          ),
        )
      } finally {
        opened.fill(0)
        passphrase.fill(0)
      }
    })

  addTargetOptions(key.command('restore'))
    .argument('<shares...>', 'files that `backup` wrote, mode 0600')
    .option('--identity <files...>', 'files of mode 0600 with the secret keys of age that open encrypted shares')
    .description('make a keystore from enough shares of a key')
    .addHelpText(
      'after',
      '\nExample: assay worker key restore shares/*share-1of3.age shares/*share-3of3.age --identity age.key --out restored.json --passphrase-file ~/.assay/passphrase',
    )
    .action(async (shares: string[], options: RestoreOptions, command: Command) => {
      checkTarget(options.out, options)
      const { identitiesIn, openShare } = await loadAge()
      const identities = (options.identity ?? []).flatMap((path) => identitiesIn(textOf(path)))
      const restored = await restoreKey(await Promise.all(shares.map((path) => openShare(textOf(path), identities))))
      const passphrase = await newPassphrase(options)
      await writeAndShow({ options, key: restored, passphrase, command }, signal)
    })
}

/** Loaded on demand: a tenth of a second that no other command needs. */
const loadAge = () => import('@assay/worker/keyShareAge')

function textOf(path: string): string {
  return readSecretFile(path).toString('utf8')
}

async function checkRecipients({ to = [], split }: BackupOptions): Promise<void> {
  if (to.length === 0) return
  const { checkRecipient } = await loadAge()
  for (const recipient of to) checkRecipient(recipient)
  if (to.length > 1 && to.length !== split.of) throw new RecipientCountError({ recipients: to.length, of: split.of })
}

function shareText({ to, split }: BackupOptions): string {
  return `${to === undefined ? 'share in clear' : 'encrypted share'}, any ${split.needed} restore`
}

/** A raw key is opened by none, so that only a Web3 keystore of it needs one. */
async function backupPassphrase(content: KeyFileContent, options: BackupOptions): Promise<Uint8Array> {
  if (content.format !== 'raw') return existingPassphrase({ options })
  return options.web3 === true ? newPassphrase(options) : new Uint8Array()
}

type Part = { name: string; text: string }

async function shareParts(key: Uint8Array, { split, to = [] }: BackupOptions): Promise<Part[]> {
  const shares = await splitKey(key, split)
  return Promise.all(
    shares.map(async (share, index) => {
      const name = `${share.address.toLowerCase()}.share-${share.number}of${share.of}`
      const text = `${JSON.stringify(share, null, 2)}\n`
      const recipient = to[index] ?? to[0]
      if (recipient === undefined) return { name: `${name}.json`, text }
      const { sealShare } = await loadAge()
      return { name: `${name}.age`, text: await sealShare(text, recipient) }
    }),
  )
}

async function web3Part(key: Uint8Array, passphrase: Uint8Array): Promise<Part> {
  const { address } = accountOfKey(key)
  return { name: `${address.toLowerCase()}.web3.json`, text: `${await exportV3({ key, passphrase })}\n` }
}

/** How a key is split, like 2of3. */
export function splitArgument(text: string): Split {
  const match = /^(\d{1,3})of(\d{1,3})$/.exec(text)
  const [needed, of] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || needed < 2 || needed > of || of > 255) {
    throw new InvalidArgumentError('Write a split like 2of3: at least 2 are needed, of at most 255.')
  }
  return { needed, of }
}
