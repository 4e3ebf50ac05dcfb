import type { GraphSignals } from '@assay/circuits/intervals'
import type { VerificationKey } from '@assay/circuits/verificationKey'
import { type Address, formatEther, type Hex } from 'viem'
import { getBlock, getChainId, readContract } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import { bindingOf } from './binding.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { EncodedInput } from './encodeInput.ts'
import { explainError } from './errors.ts'
import { fetchGraph } from './fetchGraph.ts'
import { fetchInput } from './fetchInput.ts'
import { getJob, type Job, type Payout } from './getJob.ts'
import { getModel, type Model } from './getModel.ts'
import { getVerificationKey } from './getVerificationKey.ts'
import type { Manifest } from './manifest.ts'
import { hashOrder } from './order.ts'
import { computeModelId } from './publishModel.ts'
import { isSame, readAnswer } from './readAnswer.ts'
import {
  BindingMismatchError,
  ChainMismatchError,
  InputMismatchError,
  JobNotSettledError,
  ModelMismatchError,
  OrderMismatchError,
  OutputsMismatchError,
  PaymentMismatchError,
  ProofInvalidError,
  SetupTooWeakError,
  SetupUnsealedError,
  StepSkippedError,
} from './verifyErrors.ts'

/** Steps of a verification, in their order. */
export const verificationSteps = [
  'chain',
  'order',
  'state',
  'model',
  'graph',
  'input',
  'commitment',
  'answer',
  'binding',
  'key',
  'proof',
  'payment',
] as const

/** Name of a step of a verification. */
export type VerificationStepName = (typeof verificationSteps)[number]

/** What one step found, as a sentence; `error` when it failed. */
export type VerificationStep = { name: VerificationStepName; ok: boolean; detail: string; error?: Error }

/** What a verification found; `ok` when every step held. */
export type Verification = {
  jobId: Hex
  ok: boolean
  steps: VerificationStep[]
  job?: Job
  manifest?: Manifest
}

/** What the caller knows of the job apart from the chain; a job that says otherwise fails. */
export type Expectation = {
  modelId?: Hex
  input?: Pick<EncodedInput, 'inputCommitment'>
  outputs?: readonly bigint[]
  minContributions?: number
  /** The model's setup has to be a ceremony that was sealed. */
  sealed?: boolean
}

/**
 * Verifies a job's answer without trusting its worker, the content service or the market's own check: reads order, answer
 * and key from the chain, the input by its CID block by block, and checks the Groth16 proof here.
 * A failed check throws nothing: every step is reported, so that a page can show each.
 * @param parameters.onStep called as each step ends
 * @throws the signal's reason when it aborts
 */
export async function verifyResult(
  client: MarketClient,
  {
    deployment,
    gatewayUrl,
    jobId,
    fromBlock,
    expect = {},
    onStep,
    signal,
  }: {
    deployment: Deployment
    gatewayUrl: string
    jobId: Hex
    fromBlock?: bigint
    expect?: Expectation
    onStep?: (step: VerificationStep) => void
    signal?: AbortSignal
  },
): Promise<Verification> {
  const steps: VerificationStep[] = []
  const add = (step: VerificationStep) => {
    steps.push(step)
    onStep?.(step)
  }
  /** Runs one step; its value is undefined when it failed. */
  const check = async <T>(name: VerificationStepName, run: () => Promise<[T, string]>): Promise<T | undefined> => {
    signal?.throwIfAborted()
    try {
      const [value, detail] = await run()
      add({ name, ok: true, detail })
      return value
    } catch (cause) {
      signal?.throwIfAborted()
      const error = cause instanceof Error ? cause : new Error(String(cause))
      add({ name, ok: false, detail: explainError(error), error })
      return undefined
    }
  }
  const need = <T>(value: T | undefined, step: VerificationStepName): T => {
    if (value === undefined) throw new StepSkippedError(step)
    return value
  }

  await check('chain', async () => {
    const actual = await getChainId(client)
    if (actual !== deployment.chainId) throw new ChainMismatchError({ actual, expected: deployment.chainId })
    return [actual, `The node is of the market's chain ${actual}.`]
  })
  const job = await check('order', async () => {
    const found = await getJob(client, { deployment, jobId, ...(fromBlock === undefined ? {} : { fromBlock }) })
    checkOrder(found, deployment)
    return [found, `The order of ${found.order.requester} hashes to the job's id.`]
  })
  await check('state', async () => {
    const { state } = need(job, 'order')
    if (state !== 'Settled') throw new JobNotSettledError({ jobId, state })
    return [state, 'The market settled the job.']
  })
  const model = await check('model', async () => {
    const { order } = need(job, 'order')
    const found = await getModel(client, { deployment, modelId: order.modelId })
    checkModel(found, expect, Math.max(order.minContributions, expect.minContributions ?? 0))
    return [
      found,
      `The model's id commits to its graph, its key and its owner ${found.owner}; setup ${setupOf(found)}.`,
    ]
  })
  const graph = await check('graph', async () => {
    const found = await readGraph(need(model, 'model'), gatewayUrl, signal)
    return [found, `The graph file of "${found.manifest.name}" hashes to the registered graph.`]
  })
  const input = await check('input', async () => {
    const { order } = need(job, 'order')
    const found = await fetchInput({ gatewayUrl, order, signals: need(graph, 'graph').signals }, signal)
    return [found, `The input's ${found.bytes.length} bytes are the ones that the order names, block by block.`]
  })
  await check('commitment', async () => {
    const encoded = need(input, 'input')
    checkCommitments(need(job, 'order'), encoded, expect)
    return [true, 'The commitment and the tensor root, computed here from the input, are those of the order.']
  })
  const answer = await check('answer', async () => {
    const found = await readAnswer(client, { deployment, job: need(job, 'order') })
    if (expect.outputs !== undefined && !isSame(found.outputs, expect.outputs)) {
      throw new OutputsMismatchError({ actual: found.outputs, expected: expect.outputs })
    }
    return [found, `Transaction ${found.hash} carries the answer of the market's event, and its proof.`]
  })
  const worker = await check('binding', async () => {
    const found = need(job, 'order')
    const worker = paidWorker(found, need(found.payout, 'state'))
    return [worker, `The binding ties the proof to this chain, market and job, and to the worker ${worker}.`]
  })
  const key = await check('key', async () => {
    const { keyHash } = need(model, 'model')
    const found = await getVerificationKey(client, { deployment, keyHash })
    return [found, `The verification key comes from the chain and has the hash ${keyHash}.`]
  })
  await check('proof', async () => {
    const { outputs, proof, sender } = need(answer, 'answer')
    const found = need(job, 'order')
    const vk: VerificationKey = need(key, 'key')
    const { chainId, addresses } = deployment
    const signalsFor = (worker: Address) => {
      const binding = bindingOf({ chainId, market: addresses.jobMarket, jobId, worker })
      return [...outputs, found.order.inputCommitment, binding]
    }
    // Loaded on demand: a page that only requests jobs should not carry the pairing.
    const { verify } = await import('@assay/circuits/verify')
    const holdsFor = (worker: Address) => verify(vk, signalsFor(worker), proof)
    if (!holdsFor(need(worker, 'binding'))) {
      throw await refuseProof(client, { deployment, job: found, sender, holdsFor })
    }
    return [true, `The Groth16 proof holds for ${outputs.length + 2} public signals, checked here.`]
  })
  await check('payment', async () => {
    const found = need(job, 'order')
    const { workerShare, royalty, fee } = need(found.payout, 'state')
    const actual = workerShare + royalty + fee
    const expected = await priceOf(client, { job: found, deployment })
    if (actual !== expected) throw new PaymentMismatchError({ actual, expected })
    return [actual, `${formatEther(actual)} ETH was paid: worker, royalty and fee add up to the price of the claim.`]
  })

  return {
    jobId,
    ok: steps.every((step) => step.ok),
    steps,
    ...(job === undefined ? {} : { job }),
    ...(graph === undefined ? {} : { manifest: graph.manifest }),
  }
}

/**
 * Throws the typed error of the first step that failed.
 * @throws the errors of verifyErrors.ts, and whatever kept a step from reading chain or content
 */
export function assertVerified(verification: Verification): void {
  const failed = verification.steps.find((step) => !step.ok)
  if (failed !== undefined) throw failed.error ?? new Error(failed.detail)
}

function checkOrder(job: Job, deployment: Deployment): void {
  const actual = hashOrder(job.order, deployment)
  if (actual !== job.jobId) throw new OrderMismatchError({ jobId: job.jobId, actual })
}

function checkModel(model: Model, expect: Expectation, minContributions: number): void {
  const actual = computeModelId(model)
  if (actual !== model.modelId) throw new ModelMismatchError({ what: 'model id', actual, expected: model.modelId })
  if (expect.modelId !== undefined && expect.modelId !== model.modelId) {
    throw new ModelMismatchError({ what: "job's model", actual: model.modelId, expected: expect.modelId })
  }
  const { kind, contributions } = model.setup
  if (expect.sealed && kind !== 'ceremony') throw new SetupUnsealedError({ kind })
  if (contributions < minContributions) {
    throw new SetupTooWeakError({ actual: contributions, needed: minContributions })
  }
}

async function readGraph(
  model: Model,
  gatewayUrl: string,
  signal?: AbortSignal,
): Promise<{ manifest: Manifest; signals: GraphSignals }> {
  const { manifest, graph } = await fetchGraph({ gatewayUrl, model }, signal)
  const { graphSignals } = await import('@assay/circuits/intervals')
  return { manifest, signals: graphSignals(graph) }
}

function checkCommitments({ order }: Job, encoded: EncodedInput, { input }: Expectation): void {
  const commitments = [
    ['commitment', encoded.inputCommitment, order.inputCommitment],
    ['tensor root', encoded.inputRoot, order.inputRoot],
    ['commitment', (input ?? order).inputCommitment, order.inputCommitment],
  ] as const
  for (const [what, actual, expected] of commitments) {
    if (actual !== expected) throw new InputMismatchError({ what, actual: String(actual), expected: String(expected) })
  }
}

/**
 * The worker that the proof has to be bound to: who was paid, and who held the claim unless the job was won in an open race.
 */
function paidWorker(job: Job, payout: Payout): Address {
  const bound = job.claim?.worker ?? job.answer?.worker
  if (payout.worker !== bound) throw new BindingMismatchError({ paid: payout.worker, bound })
  return payout.worker
}

/** Finds out why a proof does not hold: it may be bound to another worker that had to do with the job. */
async function refuseProof(
  client: MarketClient,
  { deployment, job, sender, holdsFor }: ProofCheck,
): Promise<ProofInvalidError | BindingMismatchError> {
  const operator = await readContract(client, {
    address: deployment.addresses.workerRegistry,
    abi: workerRegistryAbi,
    functionName: 'operatorOf',
    args: [sender],
  }).catch(() => sender)
  const named = job.events.flatMap((event) => ('worker' in event ? [event.worker] : []))
  const bound = [...new Set([...named, sender, operator])].find(holdsFor)
  const paid = job.payout?.worker
  return bound === undefined || paid === undefined
    ? new ProofInvalidError({ modelId: job.order.modelId })
    : new BindingMismatchError({ paid, bound })
}

type ProofCheck = { deployment: Deployment; job: Job; sender: Address; holdsFor: (worker: Address) => boolean }

/** What the claim costs; in an open race, what the ramp gives at the block of the answer. */
async function priceOf(
  client: MarketClient,
  { job, deployment }: { job: Job; deployment: Deployment },
): Promise<bigint> {
  if (job.claim !== undefined) return job.claim.price
  const settled = job.events.find((event) => event.name === 'JobSettled')
  const { timestamp } = await getBlock(client, { blockNumber: settled?.blockNumber ?? job.requestBlock })
  return readContract(client, {
    address: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    functionName: 'priceAt',
    args: [job.order, timestamp],
  })
}

function setupOf({ setup }: Model): string {
  return setup.kind === 'ceremony' ? `ceremony (${setup.contributions})` : setup.kind
}
