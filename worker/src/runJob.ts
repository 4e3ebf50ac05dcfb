import { bindingOf } from '@assay/sdk/binding'
import { type Hex, isAddressEqual } from 'viem'
import { admit } from './admit.ts'
import { checkClaim, claim } from './claim.ts'
import { fetchInput } from './fetchInput.ts'
import { JobOverError, RetryableError } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'
import type { Service } from './log.ts'
import { readBlockTime, readJobState } from './marketChain.ts'
import { settle } from './settle.ts'
import type { StageParts } from './stageParts.ts'
import type { ProvedAnswer, Stage, StoredJob } from './store.ts'
import { submit } from './submit.ts'

/** The part of the daemon that each stage belongs to, for its lines in the log. */
export const serviceOf: Record<Stage, Service> = {
  watch: 'chain',
  admit: 'worker',
  fetchInput: 'content',
  claim: 'chain',
  runInference: 'inference',
  prove: 'prover',
  submit: 'chain',
  settle: 'chain',
}

/**
 * Carries one job from where the chain says it stands to its settlement. It can be started again after any interruption: what the
 * chain or the store already has is not done twice.
 * @param signals `claiming` ends work on jobs that are not claimed yet, `working` ends all work
 * @throws JobRefusedError, JobOverError, RetryableError; the reason of an aborted signal
 */
export async function runJob(
  jobId: Hex,
  parts: StageParts,
  signals: { claiming: AbortSignal; working: AbortSignal },
): Promise<void> {
  const { chain, store, operator, config } = parts

  function stored(): StoredJob {
    const job = store.job(jobId)
    if (job === undefined) throw new JobOverError({ reason: 'internal', detail: `Job ${jobId} is not in the store.` })
    return job
  }

  async function stage<T>(name: Stage, work: () => Promise<T>): Promise<T> {
    const logger = parts.logger.child({ service: serviceOf[name], jobId })
    store.patchJob(jobId, { stage: name })
    logger.info({ msg: 'stage', stage: name })
    const started = performance.now()
    const { modelId } = stored().order
    const result = await parts.trace.stage({ jobId, modelId, stage: name }, work)
    const durationMs = Math.round(performance.now() - started)
    store.patchJob(jobId, { durations: { ...stored().durations, [name]: durationMs } })
    logger.info({ msg: 'stage done', stage: name, durationMs })
    return result
  }

  async function recordSettlement(): Promise<void> {
    const { workerShare, royalty, fee } = await stage('settle', () => settle(stored(), parts))
    parts.logger.info({
      msg: 'job settled',
      jobId,
      workerShare: `${workerShare}`,
      royalty: `${royalty}`,
      fee: `${fee}`,
    })
    parts.trace.end({ jobId, modelId: stored().order.modelId, outcome: 'settled' })
  }

  /** The answer with its proof, verified here: the stored one, or one made now. */
  async function provedAnswer(model: LoadedModel, input: Uint8Array, signal: AbortSignal): Promise<ProvedAnswer> {
    const job = stored()
    if (job.answer === undefined) {
      const { chainId, addresses } = chain.network
      const binding = bindingOf({ chainId, market: addresses.jobMarket, jobId, worker: operator.address })
      const { inputCommitment } = job.order
      await parts.answers.answer({ job, model, input, inputCommitment, binding, stage }, signal)
    }
    const { answer } = stored()
    if (answer !== undefined) return answer
    throw new RetryableError({ reason: 'internal', detail: `The answer to job ${jobId} was not kept.` })
  }

  /** @param price what a job that is not claimed yet pays at least */
  async function answerWith(model: LoadedModel, price: bigint | undefined): Promise<void> {
    const before = price === undefined ? signals.working : signals.claiming
    // Nobody has checked that the model's key proves the model's graph. Until one proof has shown it, and always when the
    // operator wants it so, the answer is proved first: a model made to fail then costs time and no bond.
    const proveFirst = config.admission.proveBeforeClaim === 'always' || !store.hasProved(stored().order.modelId)
    // Others want the job too: the chain is asked while the input comes.
    const checks = price === undefined || proveFirst ? undefined : checkClaim(stored(), parts)
    const input = await stage('fetchInput', async () => {
      const { order, input: kept } = stored()
      const { maxInputBytes } = config.admission
      const bytes = await fetchInput({ terms: order, model, kept }, { ...parts, maxInputBytes }, before)
      // Once checked it is kept, so that a claimed job needs no gateway.
      if (kept === undefined) store.patchJob(jobId, { input: bytes })
      return bytes
    })
    if (price !== undefined) {
      if (proveFirst) await provedAnswer(model, input, signals.claiming)
      // From the first signature on the claim may stand whatever happens here, so only `working` ends it.
      await stage('claim', () => claim({ job: stored(), price, checks }, parts, signals.working))
    }
    const answer = await provedAnswer(model, input, signals.working)
    await stage('submit', () => submit(stored(), { answer, parts }))
    await recordSettlement()
  }

  const { state, worker, due } = await readJobState(chain, jobId)
  const mine = isAddressEqual(worker, operator.address)
  if (state === 'Settled' && mine) return recordSettlement()
  const claimed = state === 'Claimed' && mine
  const claimable = state === 'Requested' || (state === 'None' && stored().signature !== undefined)
  if (state === 'None' && !claimable) {
    // An endpoint that is behind; a request that was reorganised away is taken back where the chain is read.
    throw new RetryableError({
      reason: 'chain-unavailable',
      detail: `The chain's answers do not know job ${jobId} yet.`,
    })
  }
  if (!claimable && !claimed) {
    const reason =
      state === 'Cancelled'
        ? 'cancelled'
        : state === 'Refunded'
          ? 'refunded'
          : state === 'Claimed'
            ? 'claimed-by-other'
            : 'settled-by-other'
    throw new JobOverError({ reason, detail: `Job ${jobId} is ${state} by ${worker}.` })
  }
  // The chain's time: this machine's clock may be wrong, and a bond is at stake.
  const now = claimed ? await readBlockTime(chain) : 0
  if (claimed && now > due) {
    throw new JobOverError({ reason: 'due-passed', detail: `Job ${jobId} was due at ${due}; it is ${now}.` })
  }

  const { model, price } = await stage('admit', async () =>
    claimed
      ? { model: await parts.loadModel(stored().order.modelId, signals.working), price: undefined }
      : admit(stored(), parts, signals.claiming),
  )
  try {
    await answerWith(model, price)
  } finally {
    model.release()
  }
}
