import type { Sample } from '@assay/circuits/checkModel'
import type { CalibrationMethod } from '@assay/circuits/quantize'
import { type Command, Option } from 'commander'
import { integerArgument } from './arguments.ts'
import { readSettings } from './precisionFile.ts'
import { readInputs, readSamples } from './readValues.ts'

const bitOptions = ['inputBits', 'weightBits', 'activationBits', 'tableBits'] as const

/** Options that name a model's data and its precision. */
export type DataOptions = Partial<Record<(typeof bitOptions)[number], number>> & {
  calibration?: string
  data?: string
  output?: string
  settings?: string
  perChannel?: true
  range?: CalibrationMethod
}

/** Neither calibration inputs nor labelled data were named. */
export class CalibrationMissingError extends Error {
  override readonly name = 'CalibrationMissingError'

  constructor() {
    super('Quantizing needs real inputs of the model; name some with --calibration <file> or --data <file>.')
  }
}

/** Adds the options of {@link DataOptions}. */
export function withData(command: Command): Command {
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

/**
 * What the options say, as quantizing and measuring take it.
 * @throws CalibrationMissingError, FileUnreadableError, NpyError
 */
export function readData({ calibration, data, output, settings, perChannel, range, ...options }: DataOptions) {
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
