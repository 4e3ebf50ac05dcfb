import { modelRegistryAbi } from '@assay/sdk/abi/modelRegistry'
import { addContent } from '@assay/sdk/content'
import { connectNetwork, type Network } from '@assay/sdk/deployment'
import { fetchManifest } from '@assay/sdk/fetchManifest'
import { listModels } from '@assay/sdk/listModels'
import { encodeManifest, type Manifest } from '@assay/sdk/manifest'
import { computeModelId } from '@assay/sdk/publishModel'
import { decodeFunctionData, encodeFunctionData, type Hex, keccak256, parseEther, stringToHex, zeroHash } from 'viem'
import { getBlockNumber, getContractEvents, getTransaction } from 'viem/actions'
import type { BulkCall } from './sendMany.ts'

const subjects = ['Digits', 'Iris', 'Fraud', 'Credit', 'Churn', 'Weather', 'Defects', 'Leaves', 'Spam', 'Prices']
const kinds = ['small', 'wide', 'deep', 'pruned', 'distilled']

/** No model is published yet whose key and sample proof the others could share. */
export class NothingToCopyError extends Error {
  override readonly name = 'NothingToCopyError'

  constructor() {
    super('The devnet has no model yet; wait until `npm start` has published one.')
  }
}

/**
 * Stores manifests and gives the calls that register as many models, all under the key of the newest model there is: they are a
 * catalogue to look at, and no worker could answer them.
 * @returns the calls, and the ids of the models that they make
 */
export async function seedModels(
  network: Network,
  { count }: { count: number },
): Promise<{ calls: BulkCall[]; modelIds: Hex[] }> {
  const client = connectNetwork(network)
  const {
    models: [model],
  } = await listModels(client, { deployment: network, limit: 1 })
  if (!model) throw new NothingToCopyError()
  const manifest = await fetchManifest({ gatewayUrl: network.gatewayUrl, model })
  const [, verificationKey, sample] = await readRegistration(network, model.modelId)
  const block = await getBlockNumber(client)

  const calls: BulkCall[] = []
  const modelIds: Hex[] = []
  for (let index = 0; index < count; index += 1) {
    const graphId = keccak256(stringToHex(`seeded model ${index} of block ${block}`))
    const manifestCid = await addContent({
      apiUrl: network.contentApiUrl,
      bytes: encodeManifest(describe({ ...manifest, graphId }, index)),
    })
    const params = {
      ...{ graphId, manifestCid, supersedes: zeroHash, royaltyBps: (index % 9) * 100 },
      floorPrice: parseEther('0.0001') * BigInt(1 + (index % 20)),
      setup: { kind: 0, contributions: 0, transcriptHash: model.setup.transcriptHash },
    }
    modelIds.push(computeModelId({ graphId, keyHash: model.keyHash, owner: model.owner }))
    calls.push({
      from: model.owner,
      to: network.addresses.modelRegistry,
      gas: 2_000_000n,
      data: encodeFunctionData({
        abi: modelRegistryAbi,
        functionName: 'registerModel',
        args: [params, verificationKey, sample],
      }),
    })
  }
  return { calls, modelIds }
}

function describe(manifest: Manifest, index: number): Manifest {
  const subject = subjects[index % subjects.length]
  const kind = kinds[Math.floor(index / subjects.length) % kinds.length]
  return {
    ...manifest,
    name: `${subject} ${kind} ${index + 1}`,
    description: `Entry ${index + 1} of a catalogue made to measure long lists: ${kind} ${subject}.`,
  }
}

/** Key and sample proof of a model, from the transaction that registered it. */
async function readRegistration(network: Network, modelId: Hex) {
  const client = connectNetwork(network)
  const [registered] = await getContractEvents(client, {
    address: network.addresses.modelRegistry,
    abi: modelRegistryAbi,
    eventName: 'ModelRegistered',
    args: { modelId },
    fromBlock: BigInt(network.deploymentBlock),
  })
  if (!registered) throw new NothingToCopyError()
  const { input } = await getTransaction(client, { hash: registered.transactionHash })
  const { functionName, args } = decodeFunctionData({ abi: modelRegistryAbi, data: input })
  if (functionName !== 'registerModel') throw new NothingToCopyError()
  return args
}
