import { writeFileSync } from 'node:fs'
import { type CheckStep, checkModel, type StepProgress } from '@assay/circuits/checkModel'
import { chooseProver } from '@assay/circuits/chooseProver'
import { encodeExactOnnx } from '@assay/circuits/exactOnnx'
import type { FloatGraph } from '@assay/circuits/floatGraph'
import { UnsupportedOperatorError } from '@assay/circuits/onnxErrors'
import { parseOnnx } from '@assay/circuits/parseOnnx'
import { reportModel } from '@assay/circuits/reportModel'
import { type PrecisionGoal, type PrecisionSearch, searchPrecision } from '@assay/circuits/searchPrecision'
import type { Command } from 'commander'
import { integerArgument, pointsArgument } from './arguments.ts'
import { createContext } from './context.ts'
import { type DataOptions, readData, withData } from './modelData.ts'
import { checkReport, checkText, lossText, operatorsOf, parseFacts } from './modelReport.ts'
import { facts, type Output } from './output.ts'
import { writeSettings } from './precisionFile.ts'
import { readFileLimited } from './readFiles.ts'
import { valuesHelp } from './readValues.ts'
import { stepNames } from './stepNames.ts'
import { stepProgress } from './stepProgress.ts'

type CheckOptions = DataOptions & {
  maxLoss?: number
  maxConstraints?: number
  saveSettings?: string
  saveIntegers?: string
}

const remedy =
  'Replace the node and export the model again, or compute an output before it with --output; docs/operators.md has every operator and its forms.'

/** A node cannot be used, which the check was asked to find out. */
export class ModelUnsupportedError extends Error {
  override readonly name = 'ModelUnsupportedError'

  constructor(cause: UnsupportedOperatorError) {
    super(`${cause.message} ${remedy}`, { cause })
  }
}

/** Adds `assay model check`. */
export function addCheckCommand(model: Command, signal: AbortSignal): void {
  withData(
    model
      .command('check <file.onnx>')
      .description('say whether a model can be made exact, how well it does, what it costs'),
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
    .action((path: string, options: CheckOptions, command: Command) =>
      check(path, { options, output: createContext(command, signal).output }),
    )
}

async function check(path: string, { options, output }: { options: CheckOptions; output: Output }): Promise<void> {
  const onnx = readFileLimited(path)
  const float = parseSupported(onnx, { options, output })
  if (options.calibration === undefined && options.data === undefined) {
    return output.result({ supported: true, operators: operatorsOf(float) }, facts(parseFacts(float)))
  }
  const data = readData(options)
  const goal = goalOf(options)
  const progress = stepProgress(output)
  const found = goal && searchPrecision(float, searchOf({ data, goal, progress: output.progress }))
  if (found && options.saveSettings) writeSettings(options.saveSettings, found.setting)
  const onStep = (step: CheckStep, done?: StepProgress) => progress(stepNames[step], done)
  const checked = checkModel({ onnx, ...data, ...found?.setting, onStep })
  if (options.saveIntegers) writeFileSync(options.saveIntegers, encodeExactOnnx(checked.quantized.graph))
  progress(stepNames.compile)
  const inputs = data.samples?.map(({ values }) => values) ?? data.calibration
  const findings = { report: reportModel(checked, { inputs }), found, prover: await chooseProver() }
  output.result(checkReport(checked, findings), checkText(checked, findings))
}

/** @throws ModelUnsupportedError, after it was told as JSON where that was asked for */
function parseSupported(onnx: Uint8Array, { options, output }: { options: CheckOptions; output: Output }): FloatGraph {
  try {
    return parseOnnx(onnx, options.output === undefined ? {} : { output: options.output })
  } catch (error) {
    if (!(error instanceof UnsupportedOperatorError)) throw error
    const { nodeName, operator, reason } = error
    if (output.json) output.result({ supported: false, node: nodeName, operator, reason, remedy }, '')
    throw new ModelUnsupportedError(error)
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
