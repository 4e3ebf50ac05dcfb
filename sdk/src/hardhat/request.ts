import { readFile } from 'node:fs/promises'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { parseEther } from 'viem'
import { addContent } from '../content.ts'
import { parseNetwork } from '../deployment.ts'
import { encodeInput } from '../encodeInput.ts'
import { fetchManifest } from '../fetchManifest.ts'
import { getModel } from '../getModel.ts'
import { requestJob } from '../requestJob.ts'
import { hexOption, TaskOptionError, taskClient } from './taskClient.ts'

type Options = { model: string; input: string; maxPrice: string; assay: string }

/** `hardhat assay:request`; the id of the job, once its request is mined. */
// biome-ignore lint/style/noDefaultExport: Hardhat takes a task's action from the default export
export default async function request(options: Options, hre: HardhatRuntimeEnvironment): Promise<string> {
  const modelId = hexOption({ option: 'model', given: options.model, bytes: 32 })
  const maxPrice = priceOf(options.maxPrice)
  const deployment = parseNetwork(await readJsonFile({ option: 'assay', path: options.assay }))
  const values = await readJsonFile({ option: 'input', path: options.input })
  if (!Array.isArray(values)) {
    throw new TaskOptionError({ option: 'input', given: options.input, needed: 'a file with a JSON array of numbers' })
  }
  const client = await taskClient(await hre.network.getOrCreate())
  const model = await getModel(client, { deployment, modelId })
  const manifest = await fetchManifest({ gatewayUrl: deployment.gatewayUrl, model })
  const input = await encodeInput(manifest.input, values.flat(3))
  await addContent({ apiUrl: deployment.contentApiUrl, bytes: input.bytes })
  const { jobId } = await requestJob(client, { deployment, terms: { modelId, input, maxPrice } })
  process.stdout.write(`${jobId}\n`)
  return jobId
}

function priceOf(given: string): bigint {
  if (!/^\d{1,12}(\.\d{1,18})?$/.test(given)) {
    throw new TaskOptionError({ option: 'max-price', given, needed: 'an amount in ETH, like 0.01' })
  }
  return parseEther(given)
}

async function readJsonFile({ option, path }: { option: string; path: string }): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    throw new TaskOptionError({ option, given: path, needed: 'the path of a readable JSON file' })
  }
}
