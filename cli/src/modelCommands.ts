import { writeFileSync } from 'node:fs'
import { encodeExactOnnx } from '@assay/circuits/exactOnnx'
import { fetchGraph } from '@assay/sdk/fetchGraph'
import { fetchManifest } from '@assay/sdk/fetchManifest'
import { getModel, type Model } from '@assay/sdk/getModel'
import { listModels } from '@assay/sdk/listModels'
import { Argument, type Command } from 'commander'
import { formatEther, type Hex } from 'viem'
import { idArgument, integerArgument } from './arguments.ts'
import { createContext } from './context.ts'
import { addCheckCommand } from './modelCheckCommand.ts'
import { modelFacts, setupOf } from './modelFacts.ts'
import { addModelInspectCommand } from './modelInspectCommand.ts'
import { addPublishCommand } from './modelPublishCommand.ts'
import { facts, table } from './output.ts'
import { addSetupCommands } from './setupCommands.ts'

const modelArgument = () => new Argument('<modelId>', 'id of the model').argParser(idArgument)

/** Adds `assay model …`. */
export function addModelCommands(program: Command, signal: AbortSignal): void {
  const model = program.command('model').description('check, publish and look at models')

  addCheckCommand(model, signal)
  addPublishCommand(model, signal)
  addModelInspectCommand(model, signal)
  addSetupCommands(model, signal)

  model
    .command('list')
    .description('list the registered models, newest first')
    .addHelpText('after', '\nExample: assay model list --limit 5')
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
    .addHelpText('after', '\nExample: assay model show "$model"')
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

/** A list is shown even when a manifest cannot be had. */
async function nameOf(model: Model, gatewayUrl: string, signal: AbortSignal): Promise<string> {
  try {
    return (await fetchManifest({ gatewayUrl, model }, signal)).name
  } catch (error) {
    signal.throwIfAborted()
    return `(no manifest: ${error instanceof Error ? error.name : 'unknown error'})`
  }
}
