import { writeFileSync } from 'node:fs'
import { type CheckStep, checkModel, type Sample } from '@assay/circuits/checkModel'
import { encodeExactOnnx } from '@assay/circuits/exactOnnx'
import { parseOnnx } from '@assay/circuits/parseOnnx'
import type { PrepareStep } from '@assay/circuits/prepareModel'
import type { CalibrationMethod } from '@assay/circuits/quantize'
import { reportModel } from '@assay/circuits/reportModel'
import { type PrecisionGoal, type PrecisionSearch, searchPrecision } from '@assay/circuits/searchPrecision'
import { ChainNotLocalError, localChainIds } from '@assay/sdk/developmentAccounts'
import { draftManifest } from '@assay/sdk/draftManifest'
import { fetchGraph } from '@assay/sdk/fetchGraph'
import { fetchManifest } from '@assay/sdk/fetchManifest'
import { getModel, type Model } from '@assay/sdk/getModel'
import { listModels } from '@assay/sdk/listModels'
import { countOf, type Manifest } from '@assay/sdk/manifest'
import { publishModel } from '@assay/sdk/publishModel'
import { accountOf } from '@assay/sdk/sendCall'
import { Argument, type Command, Option } from 'commander'
import { formatEther, type Hex } from 'viem'
import { etherOption, idArgument, integerArgument, namesArgument, pointsArgument, shapeArgument } from './arguments.ts'
import { type Context, createContext } from './context.ts'
import { accuracyText, checkReport, checkText, lossText, operatorsOf, parseFacts } from './modelReport.ts'
import { facts, table, timedProgress } from './output.ts'
import { readSettings, writeSettings } from './precisionFile.ts'
import { readFileLimited } from './readFiles.ts'
import { readInputs, readSamples, valuesHelp } from './readValues.ts'
import { addSetupCommands, ceremonyText, phase1Of, placeOf, type SetupOptions, withSetup } from './setupCommands.ts'

type DataOptions = Partial<Record<(typeof bitOptions)[number], number>> & {
  calibration?: string
  data?: string
  output?: string
  settings?: string
  perChannel?: true
  range?: CalibrationMethod
}
type CheckOptions = DataOptions & {
  maxLoss?: number
  maxConstraints?: number
  saveSettings?: string
  saveIntegers?: string
}

const bitOptions = ['inputBits', 'weightBits', 'activationBits', 'tableBits'] as const

/** Reports each step as it begins, and a long one at each quarter. */
function reportSteps(progress: (name: string) => void): (step: PrepareStep, share?: number) => void {
  let quarters = 0
  return (step, share = 0) => {
    const reached = Math.floor(share * 4)
    if (share > 0 && (reached <= quarters || reached === 4)) return
    quarters = reached
    progress(share === 0 ? stepNames[step] : `${stepNames[step]}: ${reached * 25} %`)
  }
}

/** Neither calibration inputs nor labelled data were named. */
export class CalibrationMissingError extends Error {
  override readonly name = 'CalibrationMissingError'

  constructor() {
    super('Quantizing needs real inputs of the model; name some with --calibration <file> or --data <file>.')
  }
}

const modelArgument = () => new Argument('<modelId>', 'id of the model').argParser(idArgument)

/** Adds `assay model …`. */
export function addModelCommands(program: Command, signal: AbortSignal): void {
  const model = program.command('model').description('check, publish and look at models')

  withData(
    model.command('check <file.onnx>').description('say whether a model can be made exact, and how well it does'),
  )
    .option(
      '--max-loss <points>',
      'search the cheapest precision that loses no more points of accuracy',
      pointsArgument,
    )
    .option('--max-constraints <n>', 'search a precision of at most so many constraints', integerArgument(1, 2 ** 27))
    .option('--save-settings <file.json>', 'write what the search found, for --settings')
    .option('--save-integers <file.onnx>', 'write the exact model as ONNX with integer operators, for any runtime')
    .addHelpText('after', `\n${valuesHelp}\n\nExample: assay model check digits.onnx --data digits.npz --max-loss 0.5`)
    .action((path: string, options: CheckOptions, command: Command) => {
      const { output } = createContext(command, signal)
      const onnx = readFileLimited(path)
      const float = parseOnnx(onnx, options.output === undefined ? {} : { output: options.output })
      if (options.calibration === undefined && options.data === undefined) {
        return output.result({ operators: operatorsOf(float) }, facts(parseFacts(float)))
      }
      const data = readData(options)
      const goal = goalOf(options)
      const found = goal && searchPrecision(float, searchOf({ data, goal, progress: output.progress }))
      if (found && options.saveSettings) writeSettings(options.saveSettings, found.setting)
      const onStep = (step: CheckStep, share?: number) => share === undefined && output.progress(`${stepNames[step]} …`)
      const checked = checkModel({ onnx, ...data, ...found?.setting, onStep })
      if (options.saveIntegers) writeFileSync(options.saveIntegers, encodeExactOnnx(checked.quantized.graph))
      const inputs = data.samples?.map(({ values }) => values) ?? data.calibration
      const report = reportModel(checked, { inputs })
      output.result(checkReport(checked, { report, found }), checkText(checked, { report, found }))
    })

  withSetup(
    withData(model.command('publish <file.onnx>').description('make a model exact, set it up, and register it')),
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
    .addHelpText(
      'after',
      `\n${valuesHelp}
Without --phase1 the setup is made from a known secret (insecure-dev), which only local chains accept. With it a ceremony begins:
contributors add to it with \`assay model contribute\`, and \`assay model seal\` registers the model.

Example: assay model publish digits.onnx --name "Digits" --calibration digits.npy --dev-account 3`,
    )
    .action(publish)

  async function publish(path: string, options: PublishOptions, command: Command): Promise<void> {
    const context = createContext(command, signal)
    const network = context.network()
    if (options.phase1 !== undefined) return begin(path, options, context)
    if (!localChainIds.includes(network.chainId)) {
      throw new ChainNotLocalError({ chainId: network.chainId, what: 'a development setup' })
    }
    const client = await context.signingClient()
    const progress = timedProgress(context.output)
    // Loaded on demand: no other command sets up or proves.
    const { prepareModel } = await import('@assay/circuits/prepareModel')
    const prepared = await prepareModel(
      {
        onnx: readFileLimited(path),
        ...readData(options),
        cacheFolder: options.cache,
        onStep: reportSteps(progress),
      },
      signal,
    )
    const {
      model: published,
      manifest,
      hash,
    } = await publishModel(client, {
      deployment: network,
      contentApiUrl: network.contentApiUrl,
      draft: draftManifest(prepared, prepared.labels ? { labels: prepared.labels, ...options } : options),
      files: { onnx: prepared.onnx, graph: prepared.graph, zkey: prepared.zkey },
      verificationKey: prepared.verificationKeyBytes,
      sample: prepared.sample,
      royaltyBps: options.royaltyBps,
      floorPrice: options.floorPrice,
      signal,
      onStep: (step) => progress(step === 'register' ? 'registering' : `uploading ${step}`),
    })
    context.output.result(
      { ...published, manifest, transaction: hash },
      facts([
        ...modelFacts(published, manifest),
        ['registered', hash === undefined ? 'before, with the same manifest' : `in transaction ${hash}`],
      ]),
    )
  }

  async function begin(path: string, options: PublishOptions, context: Context): Promise<void> {
    const phase1 = phase1Of(options)
    if (phase1 === undefined) return
    // Loaded on demand: no other command sets up or proves.
    const { beginCeremony } = await import('./ceremony/beginCeremony.ts')
    const place = placeOf(context, options)
    const { royaltyBps, floorPrice } = options
    const begun = await beginCeremony(place, {
      model: { onnx: readFileLimited(path), ...readData(options), onStep: reportSteps(place.progress) },
      terms: ({ labels }) => (labels ? { labels, ...options } : options),
      ...{ phase1, royaltyBps, floorPrice, owner: accountOf(await context.signingClient()).address },
    })
    context.output.result(begun, ceremonyText(begun))
  }

  addSetupCommands(model, signal)

  model
    .command('list')
    .description('list the registered models, newest first')
    .option('--limit <n>', 'models on a page', integerArgument(1, 1000), 20)
    .option('--before <block>', 'newest block of the page', integerArgument(0, Number.MAX_SAFE_INTEGER))
    .action(async ({ limit, before }: { limit: number; before?: number }, command: Command) => {
      const { client, network, output } = createContext(command, signal)
      const page = await listModels(client(), {
        deployment: network(),
        limit,
        ...(before === undefined ? {} : { toBlock: BigInt(before) }),
      })
      const { models, nextToBlock } = page
      const names = await Promise.all(models.map((each) => nameOf(each, network().gatewayUrl, signal)))
      const rows = models.map((each, index) => [
        each.modelId,
        names[index] ?? '',
        setupOf(each),
        `${formatEther(each.floorPrice)} ETH`,
        `${each.royaltyBps / 100} %`,
        each.deprecated ? 'retired' : '',
      ])
      const headings = ['MODEL', 'NAME', 'SETUP', 'FLOOR', 'ROYALTY', '']
      const text = rows.length === 0 ? 'No models are registered.' : table(headings, rows)
      output.result(page, nextToBlock === undefined ? text : `${text}\nOlder models: --before ${nextToBlock}`)
    })

  model
    .command('show')
    .addArgument(modelArgument())
    .description('show a model and its manifest')
    .option('--save-integers <file.onnx>', 'write the exact model as ONNX with integer operators, for any runtime')
    .action(async (modelId: Hex, { saveIntegers }: { saveIntegers?: string }, command: Command) => {
      const { client, network, output } = createContext(command, signal)
      const found = await getModel(client(), { deployment: network(), modelId })
      const from = { gatewayUrl: network().gatewayUrl, model: found }
      const manifest = await fetchManifest(from, signal)
      if (saveIntegers !== undefined) {
        const { graph } = await fetchGraph(from, signal)
        writeFileSync(saveIntegers, encodeExactOnnx(graph))
      }
      output.result({ ...found, manifest }, facts(modelFacts(found, manifest)))
    })
}

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
  }

const stepNames: Record<PrepareStep, string> = {
  parse: 'parsing the model',
  quantize: 'making it exact',
  measure: 'measuring its accuracy',
  compile: 'writing its constraints',
  setup: 'setting up proving and verification keys (insecure-dev)',
  prove: 'proving a sample',
}

function withData(command: Command): Command {
  const bits = integerArgument(1, 16)
  return command
    .option('--calibration <file>', 'real inputs that set the scales (.json, .npy or .npz)')
    .option(
      '--data <file>',
      'inputs, with labels to measure accuracy (.npz, or .json: {"inputs": [[…]], "labels": [n]}); they set the scales too, unless --calibration does',
    )
    .option('--output <name>', 'the output to compute, where the model has several')
    .option('--input-bits <n>', 'bits of an input element', bits)
    .option('--weight-bits <n>', 'bits of a weight with its sign', bits)
    .option('--activation-bits <n>', 'bits of a hidden value in the worst case', bits)
    .option('--table-bits <n>', 'bits of what is looked up in a table', bits)
    .option('--per-channel', 'a scale for each channel of a layer')
    .addOption(
      new Option('--range <method>', 'how ranges of hidden values follow from the calibration').choices([
        'minMax',
        'percentile',
        'mse',
      ]),
    )
    .option('--settings <file.json>', 'bits of the model and its nodes, as check --save-settings writes them')
}

function readData({ calibration, data, output, settings, perChannel, range, ...options }: DataOptions) {
  const samples: Sample[] | undefined = data === undefined ? undefined : readSamples(data)
  const inputs = calibration === undefined ? samples?.map(({ values }) => values) : readInputs(calibration)
  if (inputs === undefined) throw new CalibrationMissingError()
  const given = bitOptions.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]))
  return {
    calibration: inputs,
    ...(samples === undefined ? {} : { samples }),
    ...(output === undefined ? {} : { output }),
    ...(settings === undefined ? {} : readSettings(settings)),
    ...(perChannel && { perChannel }),
    ...(range && { range }),
    ...Object.fromEntries(given),
  }
}

function goalOf({ maxLoss, maxConstraints }: CheckOptions): PrecisionGoal | undefined {
  if (maxLoss === undefined && maxConstraints === undefined) return undefined
  return { ...(maxLoss === undefined ? {} : { maxLoss: maxLoss / 100 }), ...(maxConstraints && { maxConstraints }) }
}

/** What a search looks at: labelled samples, or the calibration inputs. */
function searchOf(context: {
  data: ReturnType<typeof readData>
  goal: PrecisionGoal
  progress: (line: string) => void
}): PrecisionSearch {
  const { data, goal, progress } = context
  const { samples, calibration, output, ...options } = data
  return {
    ...{ goal, options: { ...options, calibration } },
    samples: samples ?? calibration.map((values) => ({ values })),
    onTrial: ({ constraints, loss }, count) =>
      progress(`setting ${count}: ${constraints} constraints, ${lossText(loss)}`),
  }
}

function modelFacts(model: Model, manifest: Manifest): [string, string][] {
  return [
    ['model', model.modelId],
    ['name', manifest.name],
    ['license', manifest.license],
    ['owner', model.owner],
    ['input', `${manifest.input.shape.join('×')} (${manifest.input.kind}), ${manifest.input.bits} bits`],
    ['output', manifest.output.labels?.join(', ') ?? `${countOf(manifest.output.shape)} values`],
    ['accuracy', manifest.accuracy === undefined ? 'not stated' : accuracyText(manifest.accuracy)],
    ['setup', setupOf(model)],
    ['floor price', `${formatEther(model.floorPrice)} ETH`],
    ['royalty', `${model.royaltyBps / 100} %`],
    ['manifest', model.manifestCid],
  ]
}

/** A list is shown even when a manifest cannot be had. */
async function nameOf(model: Model, gatewayUrl: string, signal: AbortSignal): Promise<string> {
  try {
    return (await fetchManifest({ gatewayUrl, model }, signal)).name
  } catch (error) {
    signal.throwIfAborted()
    return `(no manifest: ${error instanceof Error ? error.name : 'unknown error'})`
  }
}

function setupOf({ setup }: Model): string {
  return setup.kind === 'ceremony' ? `ceremony (${setup.contributions})` : setup.kind
}
