import { cancelJob } from '@assay/sdk/cancelJob'
import { expireJob } from '@assay/sdk/expireJob'
import { getJob } from '@assay/sdk/getJob'
import { refundJob } from '@assay/sdk/refundJob'
import { Argument, type Command } from 'commander'
import type { Hex } from 'viem'
import { idArgument } from './arguments.ts'
import { createContext } from './context.ts'
import { facts } from './output.ts'

const endings = [
  { name: 'cancel', action: cancelJob, description: 'withdraw a job of yours that nobody has claimed' },
  { name: 'refund', action: refundJob, description: 'return the escrow of a job that nobody can claim any more' },
  { name: 'expire', action: expireJob, description: 'slash a worker that is past its time and open the job again' },
] as const

/** Adds `assay job cancel|refund|expire`. */
export function addJobEndCommands(job: Command, signal: AbortSignal): void {
  for (const { name, action, description } of endings) {
    job
      .command(name)
      .addArgument(new Argument('<jobId>', 'id of the job').argParser(idArgument))
      .description(description)
      .addHelpText('after', `\nExample: assay job ${name} "$job" --dev-account 1`)
      .action(async (jobId: Hex, _options: object, command: Command) => {
        const context = createContext(command, signal)
        const client = await context.signingClient()
        const deployment = context.network()
        const { order } = await getJob(client, { deployment, jobId })
        const { hash } = await action(client, { deployment, order })
        const after = await getJob(client, { deployment, jobId })
        context.output.result(
          { jobId, state: after.state, transaction: hash },
          facts([
            ['job', jobId],
            ['state', after.state],
            ['transaction', hash],
          ]),
        )
      })
  }
}
