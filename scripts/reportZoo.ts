// Sets every model of the zoo beside its float model, on its held-out data.
//   npm run report:zoo               prints the table
//   npm run report:zoo -- --write    and puts it into docs/precision.md
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { circuitCost } from '@assay/circuits/circuitCost'
import { compile } from '@assay/circuits/compile'
import { type AnswerMeasure, measureAnswers } from '@assay/circuits/measureAnswers'
import { quantizeZoo } from './exactModels.ts'
import { listZoo, loadZoo } from './zoo/loadZoo.ts'

const document = join(import.meta.dirname, '../docs/precision.md')
const mark = '<!-- written by npm run report:zoo -- --write -->'

const { values: flags } = parseArgs({ options: { write: { type: 'boolean' } } })
const lines = [
  '| model | input bits | float | exact | same answer | constraints | headroom | proving key MB | proof s |',
  '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
  ...listZoo().map(({ name }) => row(name)),
]
const table = lines.join('\n')
console.log(table)
if (flags.write) {
  const [before] = readFileSync(document, 'utf8').split(mark)
  writeFileSync(document, `${before}${mark}\n\n${table}\n`)
}

function row(name: string): string {
  const zoo = loadZoo(name)
  const { float, quantized } = quantizeZoo(zoo)
  const measured = measureAnswers({ float, quantized }, zoo.samples)
  const { constraints, headroom, zkeyBytes, provingMs } = circuitCost(compile(quantized.graph))
  const cells = [
    ...[name, String(zoo.inputBits), ...quality(measured)],
    ...[constraints.toLocaleString('en'), headroom.toLocaleString('en')],
    ...[(zkeyBytes / 2 ** 20).toFixed(1), (provingMs / 1000).toFixed(1)],
  ]
  return `| ${cells.join(' | ')} |`
}

/** The float model, the exact one, and how often or how nearly they agree. */
function quality({ accuracy, error, agreement, difference }: AnswerMeasure): string[] {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const near = `within ${(100 * difference).toFixed(2)} %`
  if (accuracy) return [percent(accuracy.float), percent(accuracy.exact), percent(agreement ?? 0)]
  if (!error) return ['', '', near]
  return [`error ${error.float.toFixed(1)}`, `error ${error.exact.toFixed(1)}`, near]
}
