import { join } from 'node:path'
import type { StepProgress } from '@assay/circuits/checkModel'
import type { DomainKind } from '@assay/circuits/domain'
import type { PrepareStep } from '@assay/circuits/prepareModel'
import { ChainNotLocalError, localChainIds } from '@assay/sdk/developmentAccounts'
import type { DraftTerms } from '@assay/sdk/draftManifest'
import { publishModel } from '@assay/sdk/publishModel'
import { accountOf } from '@assay/sdk/sendCall'
import type { Command } from 'commander'
import { etherOption, integerArgument, namesArgument, shapeArgument } from './arguments.ts'
import { type Context, createContext } from './context.ts'
import { type DataOptions, readData, withData } from './modelData.ts'
import { modelFacts } from './modelFacts.ts'
import { facts } from './output.ts'
import { openPublication } from './publishNotes.ts'
import { readFileLimited } from './readFiles.ts'
import { valuesHelp } from './readValues.ts'
import { ceremonyText, pageOf, phase1Of, placeOf, type SetupOptions, withPage, withSetup } from './setupCommands.ts'
import { stepNames } from './stepNames.ts'
import { stepProgress } from './stepProgress.ts'

type PublishOptions = DataOptions &
  SetupOptions & {
    name: string
    description: string
    license: string
    labels?: string[]
    image?: boolean
    inputShape?: number[]
    royaltyBps: number
    floorPrice: bigint
    mixedDomain?: true
    page?: string
  }

/** Adds `assay model publish`. */
export function addPublishCommand(model: Command, signal: AbortSignal): void {
  withPage(
    withSetup(
      withData(model.command('publish <file.onnx>').description('make a model exact, set it up, and register it')),
    ),
  )
    .requiredOption('--name <text>', 'name for people')
    .option('--description <text>', 'what it does', '')
    .option('--license <text>', 'licence of the weights', 'UNLICENSED')
    .option(
      '--labels <names>',
      'name of each output, separated by commas; else as the model names its classes',
      namesArgument,
    )
    .option('--image', 'the input is a picture')
    .option('--input-shape <shape>', 'shape of the input, channels last, like 28x28x1', shapeArgument)
    .option('--royalty-bps <n>', "the owner's share of each job in basis points", integerArgument(0, 2000), 500)
    .addOption(etherOption('--floor-price <eth>', 'least price of a job', '0.0001'))
    .option('--mixed-domain', 'a smaller domain where there is one: proofs are faster, but only by the native prover')
    .addHelpText(
      'after',
      `\n${valuesHelp}
Without --phase1 the setup is made from a known secret (insecure-dev), which only local chains accept. With it a ceremony begins:
contributors add to it with \`assay model contribute\`, and \`assay model seal\` registers the model.
Run again after any failure it goes on where it stopped: each step is noted in the folder of --cache.

Example: assay model publish digits.onnx --name "Digits" --data digits.npz --dev-account 3`,
    )
    .action((path: string, options: PublishOptions, command: Command) => {
      const context = createContext(command, signal)
      return options.phase1 === undefined ? publish(path, { options, context }) : begin(path, { options, context })
    })
}

type Request = { options: PublishOptions; context: Context }

async function publish(path: string, { options, context }: Request): Promise<void> {
  const { signal, output } = context
  const network = context.network()
  if (!localChainIds.includes(network.chainId)) {
    throw new ChainNotLocalError({ chainId: network.chainId, what: 'a development setup' })
  }
  const client = await context.signingClient()
  const progress = stepProgress(output)
  const [onnx, data, terms] = [readFileLimited(path), readData(options), termsOf(options)]
  const { cache: folder, royaltyBps, floorPrice } = options
  // Loaded on demand: no other command sets up or proves.
  const { preparePublication, publicationId } = await import('./preparePublication.ts')
  const place = [network.chainId, network.addresses.modelRegistry, network.contentApiUrl, accountOf(client).address]
  const values = [...(data.samples ?? []), ...data.calibration.map((input) => ({ values: input, label: null }))]
  const { samples: _, calibration: __, ...settings } = data
  const id = publicationId([
    ...[
      place,
      onnx,
      settings,
      domainOf(options),
      terms,
      royaltyBps,
      floorPrice,
      values.map(({ label }) => label ?? null),
    ],
    ...values.map((sample) => new Uint8Array(sample.values.buffer, sample.values.byteOffset, sample.values.byteLength)),
  ])
  const file = openPublication(join(folder, `${id}.publish.json`))
  const onStep = (step: PrepareStep, done?: StepProgress) => progress(stepNames[step], done)
  const { files, ...prepared } = await preparePublication(
    { file, folder, model: { onnx, ...data, domain: domainOf(options) }, terms, onStep },
    signal,
  )
  const published = await publishModel(client, {
    ...{ deployment: network, contentApiUrl: network.contentApiUrl, gatewayUrl: network.gatewayUrl },
    ...{ ...prepared, files, royaltyBps, floorPrice, notes: file, signal },
    onStep: (step, share) => progress(stepNames[step], share === undefined ? {} : { share }),
  })
  await file.remove()
  const { model, manifest, hash } = published
  const page = pageOf(model.modelId, { network, options })
  output.result(
    { ...model, manifest, transaction: hash, page },
    facts([
      ...modelFacts(model, manifest),
      ['registered', hash === undefined ? 'before, with the same manifest' : `in transaction ${hash}`],
      ['page', page],
    ]),
  )
}

async function begin(path: string, { options, context }: Request): Promise<void> {
  const phase1 = phase1Of(options)
  if (phase1 === undefined) return
  // Loaded on demand: no other command sets up or proves.
  const { beginCeremony } = await import('./ceremony/beginCeremony.ts')
  const place = placeOf(context, options)
  const { royaltyBps, floorPrice } = options
  const onStep = (step: PrepareStep, done?: StepProgress) => place.progress(stepNames[step], done)
  const begun = await beginCeremony(place, {
    model: { onnx: readFileLimited(path), ...readData(options), onStep },
    terms: ({ labels }) => (labels ? { labels, ...termsOf(options) } : termsOf(options)),
    domain: domainOf(options),
    ...{ phase1, royaltyBps, floorPrice, owner: accountOf(await context.signingClient()).address },
  })
  context.output.result(begun, ceremonyText(begun))
}

function domainOf({ mixedDomain }: PublishOptions): DomainKind {
  return mixedDomain ? 'mixed' : 'power-of-two'
}

function termsOf({ name, description, license, labels, image, inputShape }: PublishOptions): DraftTerms {
  return {
    name,
    description,
    license,
    ...(labels && { labels }),
    ...(image && { image }),
    ...(inputShape && { inputShape }),
  }
}
