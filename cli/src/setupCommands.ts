import type { Phase1Source } from '@assay/circuits/phase1'
import type { CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import type { Network } from '@assay/sdk/deployment'
import { Argument, type Command, Option } from 'commander'
import type { Hex } from 'viem'
import { cidArgument, idArgument, integerArgument, urlArgument } from './arguments.ts'
import type { CeremonyPlace } from './ceremony/ceremonyFiles.ts'
import { type Context, createContext } from './context.ts'
import { facts, table } from './output.ts'
import { stepProgress } from './stepProgress.ts'

/** Options by which a command names its phase-1 file and the folder for what is kept between runs. */
export type SetupOptions = { phase1?: string; phase1Local?: true; cache: string }

type SealedOptions = SetupOptions & { phase1: string }

const recordArgument = () => new Argument('<ceremony>', "CID of the ceremony's record").argParser(cidArgument)

/** Adds `assay model phase1`, `contribute`, `seal` and `verify-setup`. Their code is loaded when they run: no other command needs it. */
export function addSetupCommands(model: Command, signal: AbortSignal): void {
  model
    .command('phase1 <out.ptau>')
    .description('make a phase-1 file of your own, to try a ceremony; whoever makes one can forge')
    .requiredOption('--power <n>', 'it serves circuits of up to 2^n rows', integerArgument(1, 20))
    .addHelpText(
      'after',
      '\nEach power doubles the time: 8 takes seconds, 12 minutes.\n\nExample: assay model phase1 local.ptau --power 8',
    )
    .action(async (outPath: string, { power }: { power: number }, command: Command) => {
      const { makeLocalPhase1 } = await import('@assay/circuits/makeLocalPhase1')
      const { output } = createContext(command, signal)
      stepProgress(output)(`making powers up to 2^${power}`)
      await makeLocalPhase1({ power, outPath }, signal)
      output.result(
        { path: outPath, power },
        `${outPath} serves circuits of up to 2^${power} rows, with --phase1-local.`,
      )
    })

  withSetup(model.command('contribute').addArgument(recordArgument()))
    .description("add your part to the setup of somebody's model, and sign for it")
    .requiredOption('--name <text>', 'by which others know you')
    .addHelpText(
      'after',
      '\nHand the CID that it prints to the next contributor, or to the owner. Publish the hash of your contribution in a place of\nyour own: whoever asks looks for it there.\n\nExample: assay model contribute "$ceremony" --name Anna --dev-account 4',
    )
    .action(async (cid: string, options: SetupOptions & { name: string }, command: Command) => {
      const { contributeToCeremony } = await import('./ceremony/contributeToCeremony.ts')
      const context = createContext(command, signal)
      const phase1 = phase1Of(options)
      const made = await contributeToCeremony(placeOf(context, options), {
        ...{ client: await context.signingClient(), cid, name: options.name },
        ...(phase1 && { phase1 }),
      })
      context.output.result(made, ceremonyText(made))
    })

  withPage(withSetup(model.command('seal').addArgument(recordArgument()), { needed: true }))
    .description('seal the setup with the hash of a block that is announced first, and register the model')
    .option(
      '--delay <blocks>',
      'how many blocks after the announcement the beacon comes',
      integerArgument(1, 50_000),
      10,
    )
    .addHelpText('after', '\nExample: assay model seal "$ceremony" --phase1 local.ptau --phase1-local --dev-account 3')
    .action(async (cid: string, options: SealedOptions & PageOptions & { delay: number }, command: Command) => {
      const { sealCeremony } = await import('./ceremony/sealCeremony.ts')
      const context = createContext(command, signal)
      const phase1 = phase1At(options.phase1, options.phase1Local)
      const client = await context.signingClient()
      const sealed = await sealCeremony(placeOf(context, options), { client, cid, phase1, delayBlocks: options.delay })
      const { model: registered, manifest, hash, ceremonyCid } = sealed
      const page = pageOf(registered.modelId, { network: context.network(), options })
      context.output.result(
        { ...registered, manifest, transaction: hash, ceremony: ceremonyCid, page },
        facts([
          ['model', registered.modelId],
          ['setup', `${registered.setup.kind} (${registered.setup.contributions})`],
          ['transcript', registered.setup.transcriptHash],
          ['ceremony', ceremonyCid],
          ['registered', hash === undefined ? 'before, with the same manifest' : `in transaction ${hash}`],
          ['page', page],
        ]),
      )
    })

  withSetup(model.command('verify-setup'), { needed: true })
    .addArgument(new Argument('<modelId>', 'id of the model').argParser(idArgument))
    .description("verify a model's setup from chain, IPFS and a phase-1 file, believing nobody")
    .addHelpText('after', '\nExample: assay model verify-setup "$sealed" --phase1 local.ptau --phase1-local')
    .action(async (modelId: Hex, options: SealedOptions, command: Command) => {
      const { verifyCeremony } = await import('./ceremony/verifyCeremony.ts')
      const context = createContext(command, signal)
      const phase1 = phase1At(options.phase1, options.phase1Local)
      const verified = await verifyCeremony(placeOf(context, options), { client: context.client(), modelId, phase1 })
      const { transcript, transcriptHash, contributions, seal } = verified
      const summary = facts([
        ['verified', `the setup of model ${modelId}`],
        ['phase 1', `${transcript.phase1.name}, up to 2^${transcript.phase1.power} rows`],
        ['beacon', `block ${seal.block}, announced in transaction ${seal.transaction}`],
        ['transcript', transcriptHash],
      ])
      context.output.result(verified, `${summary}\n\n${contributionTable(contributions)}`)
    })
}

/** Adds the options of {@link SetupOptions}. */
export function withSetup(command: Command, { needed = false } = {}): Command {
  const about = 'phase-1 file of the perpetual-powers-of-tau ceremony'
  return (
    needed ? command.requiredOption('--phase1 <file.ptau>', about) : command.option('--phase1 <file.ptau>', about)
  )
    .option('--phase1-local', 'the phase-1 file is your own: whoever made it may forge, and the setup says so')
    .option('--cache <folder>', 'where keys are kept between runs', '.cache/setup')
}

/** Where a page shows models, when it is another one than the network's. */
export type PageOptions = { page?: string }

/** Adds the option of {@link PageOptions}. */
export function withPage(command: Command): Command {
  return command.addOption(
    new Option(
      '--page <url>',
      "the page whose address of the model is printed; the network's own unless told",
    ).argParser(urlArgument),
  )
}

/** Address of a model on the page. */
export function pageOf(modelId: Hex, { network, options }: { network: Network; options: PageOptions }): string {
  return `${options.page ?? network.appUrl}/model/?id=${modelId}`
}

/** Without a phase-1 file there is nothing to call local. */
export class Phase1MissingError extends Error {
  override readonly name = 'Phase1MissingError'

  constructor() {
    super('--phase1-local says whose the phase-1 file is, and none is named; name it with --phase1 <file.ptau>.')
  }
}

/**
 * The phase-1 file that the options name, if any.
 * @throws {@link Phase1MissingError}
 */
export function phase1Of({ phase1, phase1Local }: SetupOptions): Phase1Source | undefined {
  if (phase1 !== undefined) return phase1At(phase1, phase1Local)
  if (phase1Local) throw new Phase1MissingError()
  return undefined
}

function phase1At(path: string, local: true | undefined): Phase1Source {
  return { path, trust: local ? 'local' : 'ceremony' }
}

/** Where a command's ceremony reads and writes. */
export function placeOf(context: Context, { cache }: SetupOptions): CeremonyPlace {
  return {
    network: context.network(),
    folder: cache,
    signal: context.signal,
    progress: stepProgress(context.output),
  }
}

/** What is handed on after a step of a ceremony. */
export function ceremonyText({ record, cid }: { record: CeremonyRecord; cid: string }): string {
  const { manifest, owner, contributions, phase1, files } = record
  const about = facts([
    ['ceremony', cid],
    ['model', `${manifest.name} of ${owner}`],
    ['graph', manifest.graphId],
    ['phase 1', phase1.name],
    ['proving key', `${files.zkey.cid}, ${files.zkey.bytes} bytes`],
  ])
  const next =
    contributions.length === 0
      ? `Nobody has contributed yet: assay model contribute ${cid} --name <you>`
      : `Next: assay model contribute ${cid} --name <who>, or the owner's assay model seal ${cid} --phase1 <file>`
  return `${about}\n\n${contributionTable(contributions)}\n${next}`
}

function contributionTable(contributions: CeremonyRecord['contributions']): string {
  if (contributions.length === 0) return ''
  const rows = contributions.map(({ name, account, blake2b }, index) => [String(index + 1), name, account, blake2b])
  return `${table(['', 'CONTRIBUTOR', 'ACCOUNT', 'HASH (BLAKE2b-512)'], rows)}\n`
}
