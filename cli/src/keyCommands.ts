import { keyOfContent, readKeyContent } from '@assay/worker/keyFileContent'
import { accountOfKey } from '@assay/worker/keyFileParse'
import { Argument, type Command, Option } from 'commander'
import { integerArgument } from './arguments.ts'
import { createContext } from './context.ts'
import { addKeyBackupCommands } from './keyBackupCommands.ts'
import { keyFacts, reportKey } from './keyReport.ts'
import { addKeyRotateCommand } from './keyRotateCommand.ts'
import { checkTarget, defaultKeyPath, defaultKeyPathText, generateKey } from './keyStorage.ts'
import { addTargetOptions, type TargetOptions, writeAndShow } from './keyTarget.ts'
import { pkcs11Option, showTokenKey, type TokenOptions, tokenKeyOf } from './keyToken.ts'
import { facts } from './output.ts'
import { addPassphraseOptions, existingPassphrase, newPassphrase, type PassphraseOptions } from './passphraseOptions.ts'

type InspectOptions = PassphraseOptions & TokenOptions & { check?: boolean }
type ImportOptions = TargetOptions & { sourcePassphraseFile?: string; sourcePassphraseFd?: number }

/** Adds `assay worker key …`. */
export function addKeyCommands(worker: Command, signal: AbortSignal): void {
  const key = worker.command('key').description("make, look at, replace and back up the worker's signing key")

  addTargetOptions(key.command('new'))
    .addOption(pkcs11Option('make the key in a token instead, which it never leaves').conflicts(['out', 'replace']))
    .description('make a key and write it as an encrypted keystore, or make it in a token')
    .addHelpText('after', '\nExample: assay worker key new --passphrase-file ~/.assay/passphrase')
    .action(async (options: TargetOptions & TokenOptions, command: Command) => {
      if (options.pkcs11 !== undefined) {
        const made = await tokenKeyOf(options.pkcs11, { make: true, options })
        return showTokenKey({ uri: options.pkcs11, key: made, command }, signal)
      }
      checkTarget(options.out, options)
      const passphrase = await newPassphrase(options)
      await writeAndShow({ options, key: generateKey(), passphrase, command }, signal)
    })

  addTargetOptions(key.command('import'))
    .argument('<file>', 'Web3 keystore of version 3, keystore of this program, or 64 hex digits; mode 0600')
    .addOption(
      new Option('--source-passphrase-file <path>', "file of mode 0600 with the source's passphrase").conflicts(
        'sourcePassphraseFd',
      ),
    )
    .addOption(
      new Option('--source-passphrase-fd <number>', "open descriptor with the source's passphrase").argParser(
        integerArgument(0, 1023),
      ),
    )
    .description('write a key that exists as an encrypted keystore; its source is left alone')
    .addHelpText(
      'after',
      '\nExample: assay worker key import wallet.json --source-passphrase-file wallet.pass --passphrase-file ~/.assay/passphrase --out operator.json',
    )
    .action(async (file: string, options: ImportOptions, command: Command) => {
      checkTarget(options.out, options)
      const { sourcePassphraseFile, sourcePassphraseFd } = options
      const source = {
        ...(sourcePassphraseFile !== undefined && { passphraseFile: sourcePassphraseFile }),
        ...(sourcePassphraseFd !== undefined && { passphraseFd: sourcePassphraseFd }),
      }
      const imported = await keyOfContent(readKeyContent(file), () =>
        existingPassphrase({ options: source, what: "source's passphrase" }),
      )
      const passphrase = await newPassphrase(options)
      await writeAndShow({ options, key: imported, passphrase, command }, signal)
    })

  addPassphraseOptions(key.command('inspect'))

    .addArgument(new Argument('[file]', 'key file').default(defaultKeyPath(), defaultKeyPathText))
    .option('--check', 'also open it with its passphrase')
    .addOption(pkcs11Option('a key in a token instead').conflicts('check'))
    .description(
      'show whose key a file holds and how it is kept, which needs no passphrase; or what a key in a token is',
    )
    .addHelpText('after', '\nExample: assay worker key inspect ~/.assay/keys/worker.json')
    .action(async (file: string, options: InspectOptions, command: Command) => {
      if (options.pkcs11 !== undefined) {
        const there = await tokenKeyOf(options.pkcs11, { make: false, options })
        return showTokenKey({ uri: options.pkcs11, key: there, command }, signal)
      }
      const content = readKeyContent(file)
      const report = reportKey({ file, content })
      const lines = keyFacts(report)
      const { output } = createContext(command, signal)
      if (options.check !== true) return output.result(report, facts(lines))
      const opened = await keyOfContent(content, () => existingPassphrase({ options }))
      const { address } = accountOfKey(opened)
      opened.fill(0)
      output.result({ ...report, opens: address }, facts([...lines, ['opens', `with this passphrase, as ${address}`]]))
    })

  addKeyRotateCommand(key, signal)
  addKeyBackupCommands(key, signal)
}
