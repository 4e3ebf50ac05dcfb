// Compares ours with EZKL on the same ONNX models: setup, prove and verify as whole processes, memory and sizes.
//   npm run bench:peers                    prints the tables
//   npm run bench:peers -- --write         and puts them into docs/bench-peers.md
//   … --only <model>[,<model>…]  --runs <n>  --memory <MiB>
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MeasuredRunFailedError } from './benchPeers/measureProcess.ts'
import type { PeerMeasure } from './benchPeers/peerMeasure.ts'
import { describeMachine, peerSection, putSections } from './benchPeers/peerReport.ts'
import { installEzkl, runEzkl } from './benchPeers/runEzkl.ts'
import { runOurs } from './benchPeers/runOurs.ts'

const root = join(import.meta.dirname, '..')
const document = join(root, 'docs/bench-peers.md')
const mark = '<!-- written by npm run bench:peers -- --write -->'

const models: Record<string, { title: string; file: string }> = {
  mlp: { title: 'MLP 784-64-10', file: 'test/fixtures/models/mnist-mlp.onnx' },
  cnn: { title: 'CNN, two convolutions', file: 'test/fixtures/models/mnist-cnn.onnx' },
  lenet5: { title: 'LeNet-5', file: 'test/fixtures/zoo/lenet5.onnx' },
}

const wallSeconds = 1_800

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: Object.keys(models).join(',') },
      runs: { type: 'string', default: '3' },
      memory: { type: 'string', default: '12288' },
      write: { type: 'boolean', default: false },
    },
  })
  const [runs, memoryMb] = [positive('--runs', values.runs), positive('--memory', values.memory)]
  const chosen = values.only.split(',').map((name) => {
    const model = models[name]
    if (model === undefined)
      throw new UsageError(`There is no model "${name}"; choose from ${Object.keys(models).join(', ')}.`)
    return model
  })

  const missing = await installEzkl()
  if (missing !== undefined) console.log(missing)
  for (const { title, file } of chosen) {
    console.log(`Measuring ${title} …`)
    const machine = describeMachine()
    const path = join(root, file)
    const ours = await measureOrSay(() => runOurs(path, { runs, wallSeconds }))
    const ezkl = missing ?? (await measureOrSay(() => runEzkl(path, { runs, wallSeconds, memoryMb })))
    const section = peerSection({ model: title, machine, ours, ezkl })
    console.log(`\n${section}\n`)
    if (values.write)
      writeFileSync(document, putSections(readFileSync(document, 'utf8'), { mark, sections: [section] }))
  }
}

/** The command line is not understood. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`${option} is "${text}"; give a whole number from 1 on.`)
  return value
}

/** The measure, or the sentence that says why there is none. */
async function measureOrSay(run: () => Promise<PeerMeasure>): Promise<PeerMeasure | string> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof MeasuredRunFailedError) return `not measured: ${error.said.replace(/\.$/, '')}.`
    throw error
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof TypeError && 'code' in error)) throw error
  console.error(error.message)
  process.exitCode = 2
}
