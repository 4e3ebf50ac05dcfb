import { connectNetwork, type Network } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { draftManifest } from '@assay/sdk/draftManifest'
import type { Model } from '@assay/sdk/getModel'
import type { Manifest } from '@assay/sdk/manifest'
import { publishModel } from '@assay/sdk/publishModel'
import { parseEther } from 'viem'
import { accounts } from './accounts.ts'
import type { PreparedFixture } from './prepareFixture.ts'
import type { DevnetParts } from './startDevnet.ts'

/** A model as the registry and its manifest show it. */
export type PublishedModel = { model: Model; manifest: Manifest }

const digits = Array.from({ length: 10 }, (_, digit) => String(digit))
const royaltyBps = 500
const floorPrice = parseEther('0.001')

/** Publishes each model as soon as it is prepared, one after the other because one account owns them all. */
export async function publishFixtures(
  { network, prepared }: { network: Network; prepared: Promise<PreparedFixture>[] },
  { signal }: DevnetParts,
): Promise<PublishedModel[]> {
  const owner = developmentAccount({ chainId: network.chainId, index: accounts.modelOwner })
  const client = connectNetwork(network, owner)
  const published: PublishedModel[] = []
  for (const promise of prepared) {
    const { fixture, model } = await promise
    const { name, description } = fixture
    const terms = { name, description, license: 'MIT', labels: digits, inputShape: [28, 28, 1], image: true }
    const result = await publishModel(client, {
      deployment: network,
      contentApiUrl: network.contentApiUrl,
      draft: draftManifest({ ...model, graphId: model.graphId }, terms),
      files: { onnx: model.onnx, graph: model.graph, zkey: model.zkey },
      verificationKey: model.verificationKeyBytes,
      sample: model.sample,
      royaltyBps,
      floorPrice,
      signal,
    })
    published.push(result)
  }
  return published
}
