import type { Address } from 'viem'
import { keccak256 } from 'viem'
import { bindingOf } from './binding.ts'
import { fetchContent } from './content.ts'
import type { Deployment } from './deployment.ts'
import { type ExactQuestion, fetchQuestion } from './fetchQuestion.ts'
import type { Model } from './getModel.ts'
import { hashOrder, type JobOrder } from './order.ts'
import { ModelMismatchError } from './verifyErrors.ts'

/** Only the native prover knows the domain of the model's proving key. */
export class ProvingUnfitError extends Error {
  override readonly name = 'ProvingUnfitError'
  readonly domainSize: number

  constructor(domainSize: number) {
    super(
      `The model's proving key has a domain of ${domainSize} rows, which the native prover alone can use; run a worker to prove with it.`,
    )
    this.domainSize = domainSize
  }
}

/** The files that a proof of an order's question is made with. */
export type ProofFiles = ExactQuestion & { zkey: Uint8Array }

/**
 * Fetches all that proving takes: graph and input, and the model's proving key, whose verification key has to be the registered one.
 * @param parameters.maxKeyBytes a larger proving key is not fetched
 * @throws ProvingUnfitError, ModelMismatchError, ContentTooLargeError, and the errors of {@link fetchQuestion}
 */
export async function fetchProofFiles(
  { gatewayUrl, model, order, maxKeyBytes }: { gatewayUrl: string; model: Model; order: JobOrder; maxKeyBytes: number },
  signal?: AbortSignal,
): Promise<ProofFiles> {
  const question = await fetchQuestion({ gatewayUrl, model, order }, signal)
  const { cid, bytes } = question.manifest.files.zkey
  const zkey = await fetchContent({ gatewayUrl, cid, maxBytes: Math.min(bytes, maxKeyBytes) }, signal)
  const [{ readZkeyHeader }, { encodeVerificationKey }, { domainKindOf }] = await Promise.all([
    import('@assay/circuits/zkey'),
    import('@assay/circuits/verificationKey'),
    import('@assay/circuits/domain'),
  ])
  const header = readZkeyHeader((offset, length) => zkey.subarray(offset, offset + length), zkey.length)
  const actual = keccak256(encodeVerificationKey(header))
  if (actual !== model.keyHash) {
    throw new ModelMismatchError({ what: "proving key's verification key", actual, expected: model.keyHash })
  }
  if (domainKindOf(header.domainSize) !== 'power-of-two') throw new ProvingUnfitError(header.domainSize)
  return { ...question, zkey }
}

/** A witness as a `.wtns` file, and the public signals in it: `[output words…, input commitment, binding]`. */
export type PreparedWitness = { wtns: Uint8Array; signals: bigint[] }

/**
 * Computes the witness of an order's question, bound to the worker that is to be paid for the proof.
 * @throws GraphInvalidError, InputLengthError, InputOutOfRangeError
 */
export async function prepareWitness(
  { graph, input }: Pick<ExactQuestion, 'graph' | 'input'>,
  { deployment, order, worker }: { deployment: Deployment; order: JobOrder; worker: Address },
): Promise<PreparedWitness> {
  const [{ prepareWitness: prepare }, { encodeWitness }] = await Promise.all([
    import('@assay/circuits/witness'),
    import('@assay/circuits/wtns'),
  ])
  const { chainId, addresses } = deployment
  const binding = bindingOf({ chainId, market: addresses.jobMarket, jobId: hashOrder(order, deployment), worker })
  const { witness, signals } = prepare(graph)({ input: input.values, binding })
  return { wtns: encodeWitness(witness), signals }
}
