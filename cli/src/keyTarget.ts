import { type Command, Option } from 'commander'
import { createContext } from './context.ts'
import { keyFacts, reportKey } from './keyReport.ts'
import { defaultKeyPath, defaultKeyPathText, saveKey } from './keyStorage.ts'
import { facts } from './output.ts'
import { addPassphraseOptions, type PassphraseOptions } from './passphraseOptions.ts'

/** What {@link addTargetOptions} reads. */
export type TargetOptions = PassphraseOptions & { out: string; replace?: boolean }

/** Options of the commands that write a keystore. */
export function addTargetOptions(command: Command): Command {
  return addPassphraseOptions(command)
    .addOption(new Option('--out <path>', 'where the keystore goes').default(defaultKeyPath(), defaultKeyPathText))
    .option('--replace', 'keep a file that is there as <path>.bak-<milliseconds> instead of refusing')
}

/** Writes a keystore and prints what stands in it. */
export async function writeAndShow(
  {
    options,
    key,
    passphrase,
    command,
  }: { options: TargetOptions; key: Uint8Array; passphrase: Uint8Array; command: Command },
  signal: AbortSignal,
): Promise<void> {
  const { output } = createContext(command, signal)
  const { keystore, backup } = await saveKey({ path: options.out, key, passphrase }, options)
  const report = reportKey({ file: options.out, content: { format: 'assay-keystore', keystore } })
  const lines = keyFacts(report)
  if (backup !== undefined) lines.push(['kept', backup])
  output.result({ ...report, backup }, facts(lines))
}
