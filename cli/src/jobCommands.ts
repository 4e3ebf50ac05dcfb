import { getJob } from '@assay/sdk/getJob'
import { listJobs } from '@assay/sdk/listJobs'
import { requestJob } from '@assay/sdk/requestJob'
import { verifyResult } from '@assay/sdk/verifyResult'
import { Argument, type Command } from 'commander'
import { type Address, formatEther, type Hex } from 'viem'
import { addressArgument, idArgument, integerArgument } from './arguments.ts'
import { type Context, createContext } from './context.ts'
import { followJob, showJob } from './followJob.ts'
import { addJobEndCommands } from './jobEndCommands.ts'
import { addTermsOptions, readTerms, type TermsOptions } from './jobTerms.ts'
import { facts, table } from './output.ts'
import { valuesHelp } from './readValues.ts'

type RequestOptions = TermsOptions & { watch?: boolean }
type ListOptions = { limit: number; before?: number; requester?: Address; model?: Hex }

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

  addTermsOptions(job.command('request'))
    .description('pay for an answer of a model')
    .option('--watch', 'wait for the answer')
    .addHelpText(
      'after',
      `\n${valuesHelp}\n\nExample: assay job request --model "$model" --input digit.json --watch --dev-account 1`,
    )
    .action((options: RequestOptions, command: Command) => request(createContext(command, signal), options))

  job
    .command('watch')
    .addArgument(jobArgument())
    .description("follow a job's events until it ends")
    .addHelpText('after', '\nExample: assay job watch "$job"')
    .action(async (jobId: Hex, _options: object, command: Command) => {
      const context = createContext(command, signal)
      // An unknown id would be watched for ever.
      await getJob(context.client(), { deployment: context.network(), jobId })
      await followJob(context, jobId)
    })

  job
    .command('show')
    .addArgument(jobArgument())
    .description('show a job')
    .addHelpText('after', '\nExample: assay job show "$job"')
    .action(async (jobId: Hex, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const found = await getJob(context.client(), { deployment: context.network(), jobId })
      await showJob(context, found)
    })

  job
    .command('verify')
    .addArgument(jobArgument())
    .description("check a job's answer without trusting its worker")
    .addHelpText('after', '\nExample: assay job verify "$job"')
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
    .addHelpText('after', '\nExample: assay job list --model "$model" --limit 5')
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
  const client = await context.signingClient()
  const terms = await readTerms(context, { client, options })
  const { jobId, order, hash, blockNumber } = await requestJob(client, { deployment: context.network(), terms })
  if (options.watch) {
    context.output.progress(`job ${jobId}`)
    return followJob(context, jobId, blockNumber)
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
