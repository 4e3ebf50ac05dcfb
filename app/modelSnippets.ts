import type { Manifest } from '@assay/sdk/manifest'
import { countOf } from '@assay/sdk/manifest'
import type { Hex } from 'viem'

/** Code that asks a model, each for another place. */
export type ModelSnippets = { typescript: string; shell: string; solidity: string }

/**
 * Code that asks a model, filled in with its id and shapes. Nothing of it is text that the model's owner chose.
 * @param maxPrice in ETH, as text
 */
export function modelSnippets({
  modelId,
  manifest: { input, output },
  maxPrice,
}: {
  modelId: Hex
  manifest: Pick<Manifest, 'input' | 'output'>
  maxPrice: string
}): ModelSnippets {
  const image = input.kind === 'image'
  return {
    typescript: typescriptOf({ modelId, image, maxPrice }),
    shell: shellOf({ modelId, maxPrice }),
    solidity: solidityOf({
      modelId,
      scores: output.kind === 'scores',
      count: countOf(output.shape),
      bits: output.bits,
    }),
  }
}

function typescriptOf({ modelId, image, maxPrice }: { modelId: Hex; image: boolean; maxPrice: string }): string {
  const [parameter, source] = image
    ? ['png: Uint8Array', "{ image: png, resize: 'area' }"]
    : ['values: number[]', 'values']
  return `import {
  addContent, connectNetwork, decodeOutput, encodeInput, fetchManifest, getJob, getModel, parseNetwork, requestJob, watchJob,
} from '@assay/sdk'
import { type Account, parseEther } from 'viem'

export async function ask(networkFile: unknown, account: Account, ${parameter}) {
  const deployment = parseNetwork(networkFile)
  const client = connectNetwork(deployment, account)
  const modelId = '${modelId}'
  const model = await getModel(client, { deployment, modelId })
  const manifest = await fetchManifest({ gatewayUrl: deployment.gatewayUrl, model })
  const input = await encodeInput(manifest.input, ${source})
  await addContent({ apiUrl: deployment.contentApiUrl, bytes: input.bytes })
  const terms = { modelId, input, maxPrice: parseEther('${maxPrice}') } as const
  const { jobId } = await requestJob(client, { deployment, terms })
  for await (const event of watchJob(client, { deployment, jobId })) console.log(event.name)
  const { answer } = await getJob(client, { deployment, jobId })
  return answer && decodeOutput(manifest.output, answer.outputs)
}
`
}

function shellOf({ modelId, maxPrice }: { modelId: Hex; maxPrice: string }): string {
  return `assay job request --model ${modelId} \\
  --input values.json --max-price ${maxPrice} --watch
`
}

function solidityOf({
  modelId,
  scores,
  count,
  bits,
}: {
  modelId: Hex
  scores: boolean
  count: number
  bits: number
}): string {
  const [type, read] = scores
    ? ['uint256', `(answer,) = PackedValues.argMax(outputs, ${count}, ${bits});`]
    : ['int256[]', `answer = PackedValues.unpack(outputs, ${count}, ${bits});`]
  return `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.37;

import {IJobMarket} from "@assay/contracts/interfaces/IJobMarket.sol";
import {JobId, ModelId} from "@assay/contracts/interfaces/JobTypes.sol";
import {PackedValues} from "@assay/contracts/periphery/PackedValues.sol";
import {UserPaidConsumer} from "@assay/contracts/periphery/UserPaidConsumer.sol";

contract Asker is UserPaidConsumer {
    ModelId public constant MODEL = ModelId.wrap(${modelId});

    uint256 public askedCount;
    ${type} public answer;

    error OtherModel(ModelId modelId);

    constructor(IJobMarket market_, OrderTerms memory terms) UserPaidConsumer(market_, terms, msg.sender) {
        if (ModelId.unwrap(terms.modelId) != ModelId.unwrap(MODEL)) revert OtherModel(terms.modelId);
    }

    /// Send the price along. Commitment, root and CID of the input come from encodeInput of the SDK.
    function ask(uint256 inputCommitment, bytes32 inputRoot, bytes32 inputCid) external payable returns (JobId jobId) {
        jobId = _ask(++askedCount, inputCommitment, inputRoot, inputCid);
    }

    function _onResult(JobId, uint256, uint256[] calldata outputs) internal override {
        ${read}
    }

    function _onUnanswered(JobId, uint256) internal override {}
}
`
}
