import { type PreparedModel, prepareModel } from '@assay/circuits/prepareModel'
import { prove } from '@assay/circuits/prove'
import { computeWitness } from '@assay/circuits/witness'
import { bindingOf } from '@assay/sdk/binding'
import { claimJob } from '@assay/sdk/claimJob'
import type { Network } from '@assay/sdk/deployment'
import { draftManifest } from '@assay/sdk/draftManifest'
import type { JobOrder } from '@assay/sdk/order'
import { publishModel } from '@assay/sdk/publishModel'
import { submitResult } from '@assay/sdk/submitResult'
import { type Address, type Hex, parseEther } from 'viem'
import { writeOnnx } from '../../scripts/writeOnnx.ts'
import type { LocalChain } from './localChain.ts'

/** Values that the tiny model answers with class 2: the third of four pixels is the brightest. */
export const tinyInput = [0.1, 0.2, 0.9, 0.3]

/** A model of four pixels that says which is the brightest, small enough to set up and prove in a second. */
export function tinyOnnx(): Uint8Array {
  const weight = Float32Array.from({ length: 16 }, (_, index) => (index % 5 === 0 ? 1 : 0))
  return writeOnnx(
    {
      input: { name: 'pixels', shape: [1, 4], type: 'float' },
      output: { name: 'scores', shape: [1, 4], type: 'float' },
      constants: new Map([
        ['scores.weight', { shape: [4, 4], type: 'float', values: weight }],
        ['scores.bias', { shape: [4], type: 'float', values: new Float32Array(4) }],
      ]),
      nodes: [
        {
          name: 'scores',
          op: 'gemm',
          inputs: ['pixels', 'scores.weight', 'scores.bias'],
          output: 'scores',
          shape: [1, 4],
          type: 'float',
        },
      ],
    },
    { name: 'brightest', description: 'Says which of four pixels is the brightest.' },
  )
}

/** Calibration inputs of the tiny model. */
export const tinyCalibration = [tinyInput, [0.95, 0, 0, 0]].map((values) => Float32Array.from(values))

export function prepareTinyModel(cacheFolder: string): Promise<PreparedModel> {
  return prepareModel({ onnx: tinyOnnx(), calibration: tinyCalibration, cacheFolder })
}

/** What publishModel takes for the tiny model. */
export function tinyPublication(prepared: PreparedModel, network: Network, name = 'brightest of four') {
  const draft = draftManifest(prepared, { name, labels: ['a', 'b', 'c', 'd'], inputShape: [2, 2, 1], image: true })
  return {
    deployment: network,
    contentApiUrl: network.contentApiUrl,
    draft,
    files: { onnx: prepared.onnx, graph: prepared.graph, zkey: prepared.zkey },
    verificationKey: prepared.verificationKeyBytes,
    sample: prepared.sample,
    royaltyBps: 500,
    floorPrice: parseEther('0.0001'),
  }
}

export function publishTinyModel(chain: LocalChain, prepared: PreparedModel) {
  return publishModel(chain.clientOf(3), tinyPublication(prepared, chain.network))
}

/** Claims, proves and answers a job of the tiny model, as a worker does. */
export async function answerTinyJob(
  chain: LocalChain,
  { prepared, order, jobId, values }: { prepared: PreparedModel; order: JobOrder; jobId: Hex; values: Int32Array },
) {
  const client = chain.clientOf(2)
  const { worker } = await claimJob(client, { deployment: chain.network, order })
  const answer = await proveTinyAnswer(chain, { prepared, jobId, worker, values })
  return submitResult(client, { deployment: chain.network, order, ...answer })
}

/** The tiny model's answer to a job with a proof that is bound to a worker. */
export async function proveTinyAnswer(
  { network }: Pick<LocalChain, 'network'>,
  { prepared, jobId, worker, values }: { prepared: PreparedModel; jobId: Hex; worker: Address; values: Int32Array },
) {
  const binding = bindingOf({ chainId: network.chainId, market: network.addresses.jobMarket, jobId, worker })
  const { witness, signals } = computeWitness(prepared.quantized.graph, { input: values, binding })
  const { proof } = await prove({ zkeyPath: prepared.zkeyPath, witness })
  return { outputs: signals.slice(0, -2), proof }
}
