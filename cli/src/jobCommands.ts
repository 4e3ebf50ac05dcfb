import { PriceZeroError } from '@assay/sdk/buildOrder'
import { addContent } from '@assay/sdk/content'
import { type DecodedOutput, decodeOutput } from '@assay/sdk/decodeOutput'
import { encodeInput } from '@assay/sdk/encodeInput'
import { fetchManifest } from '@assay/sdk/fetchManifest'
import { getJob, type Job } from '@assay/sdk/getJob'
import { getModel } from '@assay/sdk/getModel'
import { type JobEvent, skipReasons } from '@assay/sdk/jobEvents'
import { listJobs } from '@assay/sdk/listJobs'
import type { Manifest } from '@assay/sdk/manifest'
import { requestJob } from '@assay/sdk/requestJob'
import { verifyResult } from '@assay/sdk/verifyResult'
import { watchJob } from '@assay/sdk/watchJob'
import { Argument, type Command } from 'commander'
import { type Address, formatEther, type Hex } from 'viem'
import { addressArgument, etherArgument, etherOption, idArgument, integerArgument } from './arguments.ts'
import { type Context, createContext } from './context.ts'
import { addJobEndCommands } from './jobEndCommands.ts'
import { facts, table } from './output.ts'
import { readInputValues, valuesHelp } from './readValues.ts'

type RequestOptions = {
  model: Hex
  input: string
  maxPrice: bigint
  minPrice?: bigint
  worker?: Address
  watch?: boolean
}
type ListOptions = { limit: number; before?: number; requester?: Address; model?: Hex }

/** The job ended without an answer. */
export class JobUnansweredError extends Error {
  override readonly name = 'JobUnansweredError'
  readonly jobId: Hex

  constructor({ jobId, state }: { jobId: Hex; state: string }) {
    super(`Job ${jobId} ended ${state.toLowerCase()} without an answer; its escrow is in your balance in the market.`)
    this.jobId = jobId
  }
}

/** A step of the verification failed. */
export class VerificationFailedError extends Error {
  override readonly name = 'VerificationFailedError'

  constructor({ step, detail }: { step: string; detail: string }) {
    super(`The answer is not verified, as the step \`${step}\` failed: ${detail}`)
  }
}

const jobArgument = () => new Argument('<jobId>', 'id of the job').argParser(idArgument)

/** Adds `assay job …`. */
export function addJobCommands(program: Command, signal: AbortSignal): void {
  const job = program.command('job').description('request, watch and verify jobs')

  job
    .command('request')
    .description('pay for an answer of a model')
    .requiredOption('--model <modelId>', 'id of the model', idArgument)
    .requiredOption('--input <file>', 'the input, row by row, channels last (.json or .npy)')
    .addOption(etherOption('--max-price <eth>', 'the most the job may cost', '0.01'))
    .option('--min-price <eth>', 'where the price starts to climb', etherArgument)
    .option('--worker <operator>', 'the only worker that may claim it; any unless told', addressArgument)
    .option('--watch', 'wait for the answer')
    .addHelpText(
      'after',
      `\n${valuesHelp}\n\nExample: assay job request --model 0x… --input digit.json --watch --dev-account 1`,
    )
    .action((options: RequestOptions, command: Command) => request(createContext(command, signal), options))

  job
    .command('watch')
    .addArgument(jobArgument())
    .description("follow a job's events until it ends")
    .action(async (jobId: Hex, _options: object, command: Command) => {
      const context = createContext(command, signal)
      // An unknown id would be watched for ever.
      await getJob(context.client(), { deployment: context.network(), jobId })
      await follow(context, jobId)
    })

  job
    .command('show')
    .addArgument(jobArgument())
    .description('show a job')
    .action(async (jobId: Hex, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const found = await getJob(context.client(), { deployment: context.network(), jobId })
      const manifest = found.answer === undefined ? undefined : await manifestOf(context, found)
      show(context, found, manifest)
    })

  job
    .command('verify')
    .addArgument(jobArgument())
    .description("check a job's answer without trusting its worker")
    .action(async (jobId: Hex, _options: object, command: Command) => {
      const { client, network, output } = createContext(command, signal)
      const deployment = network()
      const verification = await verifyResult(client(), {
        deployment,
        gatewayUrl: deployment.gatewayUrl,
        jobId,
        signal,
      })
      const rows = verification.steps.map(({ name, ok, detail }) => [ok ? '✓' : '✗', name, detail])
      output.result(
        { jobId, ok: verification.ok, steps: verification.steps.map(({ name, ok, detail }) => ({ name, ok, detail })) },
        table(['', 'STEP', 'FOUND'], rows),
      )
      const failed = verification.steps.find(({ ok }) => !ok)
      if (failed !== undefined) throw new VerificationFailedError({ step: failed.name, detail: failed.detail })
    })

  job
    .command('list')
    .description('list jobs, newest first')
    .option('--limit <n>', 'jobs on a page', integerArgument(1, 1000), 20)
    .option('--before <block>', 'newest block of the page', integerArgument(0, Number.MAX_SAFE_INTEGER))
    .option('--requester <address>', 'jobs of this account', addressArgument)
    .option('--model <modelId>', 'jobs of this model', idArgument)
    .action(async (options: ListOptions, command: Command) => {
      const { client, network, output } = createContext(command, signal)
      const { limit, before, requester, model } = options
      const page = await listJobs(client(), {
        deployment: network(),
        limit,
        ...(before === undefined ? {} : { toBlock: BigInt(before) }),
        ...(requester === undefined ? {} : { requester }),
        ...(model === undefined ? {} : { modelId: model }),
      })
      const rows = page.jobs.map(({ jobId, state, order, requestBlock }) => [
        jobId,
        state,
        `${formatEther(order.maxPrice)} ETH`,
        String(requestBlock),
      ])
      const more = page.nextToBlock === undefined ? '' : `\nOlder jobs: --before ${page.nextToBlock}`
      const text =
        rows.length === 0 ? 'No jobs were requested.' : table(['JOB', 'STATE', 'HIGHEST PRICE', 'BLOCK'], rows)
      output.result(page, text + more)
    })

  addJobEndCommands(job, signal)
}

async function request(context: Context, options: RequestOptions): Promise<void> {
  const deployment = context.network()
  if (options.maxPrice === 0n) throw new PriceZeroError()
  const client = await context.signingClient()
  // Everything that can be wrong is found before anything is uploaded or paid.
  const values = readInputValues(options.input)
  const model = await getModel(client, { deployment, modelId: options.model })
  const manifest = await fetchManifest({ gatewayUrl: deployment.gatewayUrl, model }, context.signal)
  const input = await encodeInput(manifest.input, values)
  context.output.progress('uploading the input …')
  await addContent({ apiUrl: deployment.contentApiUrl, bytes: input.bytes }, context.signal)
  const { jobId, order, hash, blockNumber } = await requestJob(client, {
    deployment,
    terms: {
      modelId: options.model,
      input,
      maxPrice: options.maxPrice,
      ...(options.minPrice === undefined ? {} : { minPrice: options.minPrice }),
      ...(options.worker === undefined ? {} : { allowedWorker: options.worker }),
    },
  })
  if (options.watch) {
    context.output.progress(`job ${jobId}`)
    return follow(context, jobId, blockNumber)
  }
  context.output.result(
    { jobId, order, transaction: hash },
    facts([
      ['job', jobId],
      ['price', `${formatEther(order.minPrice)} to ${formatEther(order.maxPrice)} ETH`],
      ['transaction', hash],
      ['next', `assay job watch ${jobId}`],
    ]),
  )
}

/** Follows a job to its end, one line for each event, and shows it. */
async function follow(context: Context, jobId: Hex, fromBlock?: bigint): Promise<void> {
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
  show(context, job, job.answer === undefined ? undefined : await manifestOf(context, job))
  if (job.state !== 'Settled') throw new JobUnansweredError({ jobId, state: job.state })
}

async function manifestOf(context: Context, job: Job): Promise<Manifest> {
  const deployment = context.network()
  const model = await getModel(context.client(), { deployment, modelId: job.order.modelId })
  return fetchManifest({ gatewayUrl: deployment.gatewayUrl, model }, context.signal)
}

function show(context: Context, job: Job, manifest: Manifest | undefined): void {
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
      return `claimed by ${event.worker} for ${ether(event.price)}`
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
