import { addContent } from '@assay/sdk/content'
import { type DecodedOutput, decodeOutput } from '@assay/sdk/decodeOutput'
import { connectNetwork } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { encodeInput } from '@assay/sdk/encodeInput'
import { getJob, type Job } from '@assay/sdk/getJob'
import type { JobEvent } from '@assay/sdk/jobEvents'
import { requestJob } from '@assay/sdk/requestJob'
import { type Verification, verifyResult } from '@assay/sdk/verifyResult'
import { type WatchedEvent, watchJob } from '@assay/sdk/watchJob'
import { parseEther } from 'viem'
import { getTransactionReceipt } from 'viem/actions'
import type { Digit } from '../mnist.ts'
import { accounts } from './accounts.ts'
import type { PublishedModel } from './publishFixtures.ts'
import type { Devnet } from './startDevnet.ts'

/** One part of a job's life: what happened, how long it took, and the gas of the transaction that recorded it. */
export type LifeStage = { name: string; by: string; durationMs: number; gas?: bigint }

/** A digit's way through the market. */
export type DigitJob = {
  job: Job
  answer: DecodedOutput
  stages: LifeStage[]
  verification: Verification
  totalMs: number
}

/** The job ended without an answer. */
export class JobEndedError extends Error {
  override readonly name = 'JobEndedError'

  constructor(event: JobEvent) {
    super(`The job ${event.jobId} ended with ${event.name} instead of an answer; the worker's log says why.`)
  }
}

const maxPrice = parseEther('0.01')

/**
 * Sends a digit through the market as the requester's account: uploads it, requests the job, waits until it is settled, and then
 * verifies the answer without trusting the worker.
 */
export async function runDigitJob(
  { digit, published }: { digit: Digit; published: PublishedModel },
  { network, statusUrl }: Pick<Devnet, 'network' | 'statusUrl'>,
  signal: AbortSignal,
): Promise<DigitJob> {
  const client = connectNetwork(network, developmentAccount({ chainId: network.chainId, index: accounts.requester }))
  const { model, manifest } = published
  const started = performance.now()
  const upload = await timed(async () => {
    const input = await encodeInput(manifest.input, digit.pixels)
    await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes }, signal)
    return input
  })
  const terms = { modelId: model.modelId, input: upload.value, maxPrice }
  const request = await timed(() => requestJob(client, { deployment: network, terms }))
  const { jobId, blockNumber } = request.value
  await untilSettled(watchJob(client, { deployment: network, jobId, fromBlock: blockNumber, pollMs: 100 }, signal))
  const totalMs = performance.now() - started

  const job = await getJob(client, { deployment: network, jobId })
  const verify = await timed(() =>
    verifyResult(client, { deployment: network, gatewayUrl: network.gatewayUrl, jobId, signal }),
  )
  const gasOf = async (name: JobEvent['name']) => {
    const event = job.events.find((one) => one.name === name)
    return event && (await getTransactionReceipt(client, { hash: event.transactionHash })).gasUsed
  }
  const worker = await readDurations(statusUrl, jobId)
  const stage = (name: string, by: string, durationMs: number, gas?: bigint): LifeStage => ({
    name,
    by,
    durationMs,
    ...(gas !== undefined && { gas }),
  })
  const claim = stage('Job claimed, bond locked', 'worker', worker.claim ?? 0, await gasOf('JobClaimed'))
  const answering = [
    stage('Answer computed', 'worker', worker.runInference ?? 0),
    stage('Answer proved', 'worker', worker.prove ?? 0),
  ]
  // The worker lists its stages in the order they ended; the first job of a model is proved before it is claimed.
  const ended = Object.keys(worker)
  const isProvedFirst = ended.indexOf('prove') < ended.indexOf('claim')
  const stages = [
    stage('Digit uploaded', 'requester', upload.ms),
    stage('Job requested, price escrowed', 'requester', request.ms, await gasOf('JobRequested')),
    stage('Order, model and input checked', 'worker', (worker.admit ?? 0) + (worker.fetchInput ?? 0)),
    ...(isProvedFirst ? [...answering, claim] : [claim, ...answering]),
    stage('Proof checked by the contract, all paid', 'worker', worker.submit ?? 0, await gasOf('JobSettled')),
    stage('Answer verified again, here', 'anyone', verify.ms),
  ]
  const answer = decodeOutput(manifest.output, job.answer?.outputs ?? [])
  return { job, answer, stages, verification: verify.value, totalMs }
}

async function untilSettled(events: AsyncIterable<WatchedEvent>): Promise<void> {
  for await (const event of events) {
    if (event.removed) continue
    if (event.name === 'JobSettled') return
    if (event.name === 'JobCancelled' || event.name === 'JobRefunded') throw new JobEndedError(event)
  }
}

/** How long each stage took by the worker's own clock, in milliseconds. */
async function readDurations(statusUrl: string, jobId: string): Promise<Partial<Record<string, number>>> {
  // The worker's status server documents this shape; a stage that is missing counts as 0.
  const jobs = (await (await fetch(`${statusUrl}/jobs`)).json()) as {
    jobId: string
    durations?: Record<string, number>
  }[]
  return jobs.find((job) => job.jobId === jobId)?.durations ?? {}
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const started = performance.now()
  const value = await work()
  return { value, ms: performance.now() - started }
}
