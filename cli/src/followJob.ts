import { type DecodedOutput, decodeOutput } from '@assay/sdk/decodeOutput'
import { fetchManifest } from '@assay/sdk/fetchManifest'
import { getJob, type Job } from '@assay/sdk/getJob'
import { getModel } from '@assay/sdk/getModel'
import { type JobEvent, skipReasons } from '@assay/sdk/jobEvents'
import type { Manifest } from '@assay/sdk/manifest'
import { watchJob } from '@assay/sdk/watchJob'
import { formatEther, type Hex } from 'viem'
import type { Context } from './context.ts'
import { facts } from './output.ts'

/** The job ended without an answer. */
export class JobUnansweredError extends Error {
  override readonly name = 'JobUnansweredError'
  readonly jobId: Hex

  constructor({ jobId, state }: { jobId: Hex; state: string }) {
    super(`Job ${jobId} ended ${state.toLowerCase()} without an answer; its escrow is in your balance in the market.`)
    this.jobId = jobId
  }
}

/**
 * Follows a job to its end, one line for each event, and shows it.
 * @param fromBlock first block to search; for a job that may not be on chain yet it is needed
 * @throws JobUnansweredError
 */
export async function followJob(context: Context, jobId: Hex, fromBlock?: bigint): Promise<void> {
  const deployment = context.network()
  const client = context.client()
  const range = fromBlock === undefined ? {} : { fromBlock }
  const started = Date.now()
  let away = false
  const onPollError = () => {
    if (!away) context.output.progress('the chain does not answer; trying again …')
    away = true
  }
  for await (const event of watchJob(client, { deployment, jobId, ...range, onPollError }, context.signal)) {
    away = false
    context.output.progress(
      `${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${event.removed ? `taken back by a reorganisation: ${event.name}` : describe(event)}`,
    )
  }
  const job = await getJob(client, { deployment, jobId, ...range })
  await showJob(context, job)
  if (job.state !== 'Settled') throw new JobUnansweredError({ jobId, state: job.state })
}

/** Prints a job, with its answer read as its model's manifest says. */
export async function showJob(context: Context, job: Job): Promise<void> {
  const manifest = job.answer === undefined ? undefined : await manifestOf(context, job)
  const answer =
    job.answer === undefined || manifest === undefined ? undefined : decodeOutput(manifest.output, job.answer.outputs)
  const lines: [string, string][] = [
    ['job', job.jobId],
    ['state', job.state],
    ['model', manifest === undefined ? job.order.modelId : `${job.order.modelId} (${manifest.name})`],
    ['requester', job.order.requester],
  ]
  if (job.claim !== undefined) {
    lines.push(['worker', job.claim.worker], ['price', `${formatEther(job.claim.price)} ETH`])
  }
  if (answer !== undefined) lines.push(['answer', answerText(answer)])
  if (job.payout !== undefined) {
    const { workerShare, royalty, fee } = job.payout
    const shares = [workerShare, royalty, fee].map((share) => `${formatEther(share)} ETH`)
    lines.push(['paid', `worker ${shares[0]}, royalty ${shares[1]}, fee ${shares[2]}`])
  }
  if (job.refunded !== undefined) lines.push(['refunded', `${formatEther(job.refunded)} ETH`])
  context.output.result({ ...job, decoded: answer }, facts(lines))
}

async function manifestOf(context: Context, job: Job): Promise<Manifest> {
  const deployment = context.network()
  const model = await getModel(context.client(), { deployment, modelId: job.order.modelId })
  return fetchManifest({ gatewayUrl: deployment.gatewayUrl, model }, context.signal)
}

function answerText({ top, reals }: DecodedOutput): string {
  if (top !== undefined) return `${top.label} (score ${top.score.toFixed(3)}, share ${(top.share * 100).toFixed(1)} %)`
  const shown = reals.slice(0, 8).map((real) => real.toFixed(4))
  return shown.join(', ') + (reals.length > 8 ? `, … (${reals.length} values)` : '')
}

function describe(event: JobEvent): string {
  const ether = (wei: bigint) => `${formatEther(wei)} ETH`
  switch (event.name) {
    case 'JobRequested':
      return `requested for up to ${ether(event.order.maxPrice)}`
    case 'JobClaimed':
      return `claimed by ${event.worker} for ${ether(event.price)}, due at ${new Date(event.due * 1000).toISOString()}`
    case 'JobReleased':
      return `given back by ${event.worker}, which lost ${ether(event.penalty)} of its bond`
    case 'JobAnswered':
      return `answered by ${event.worker}`
    case 'AnswerPending':
      return `the answer can be challenged until ${new Date(event.until * 1000).toISOString()}`
    case 'JobChallenged':
      return `challenged by ${event.challenger}, to be defended until ${new Date(event.until * 1000).toISOString()}`
    case 'JobOverturned':
      return `overturned: ${event.worker} lost its bond of ${ether(event.slashed)} to ${event.challenger}`
    case 'EntrySkipped':
      return `skipped in a batch: ${skipReasons[event.reason] ?? event.reason}`
    case 'JobSettled':
      return `settled: worker ${ether(event.workerShare)}, royalty ${ether(event.royalty)}, fee ${ether(event.fee)}`
    case 'PayeePaid':
      return `paid ${ether(event.amount)} to ${event.payee}`
    case 'CallbackFailed':
      return `callback ${event.callback} failed; anyone can retry it`
    case 'CallbackRetried':
      return `callback ${event.callback} delivered`
    case 'JobExpired':
      return `expired: ${event.worker} lost its bond of ${ether(event.slashed)}`
    case 'JobCancelled':
      return 'cancelled by its requester'
    case 'JobRefunded':
      return `refunded ${ether(event.amount)}`
  }
}
