import { parseOnnx } from '@assay/circuits/parseOnnx'
import type { Command } from 'commander'
import { createContext } from './context.ts'
import { operatorsOf, parseFacts } from './modelReport.ts'
import { facts } from './output.ts'
import { readFileLimited } from './readFiles.ts'

/** Adds `assay model inspect`: what is in a file, before anything is made of it. */
export function addModelInspectCommand(model: Command, signal: AbortSignal): void {
  model
    .command('inspect <file.onnx>')
    .description('say what an ONNX file holds: operators, shapes, weights; or the first node that is not supported')
    .option('--output <name>', 'the output to compute, where the model has several')
    .addHelpText('after', '\nExample: assay model inspect digits.onnx')
    .action((path: string, { output: named }: { output?: string }, command: Command) => {
      const float = parseOnnx(readFileLimited(path), named === undefined ? {} : { output: named })
      const operators = operatorsOf(float)
      createContext(command, signal).output.result({ operators }, facts(parseFacts(float)))
    })
}
