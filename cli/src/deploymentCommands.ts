import type { Command } from 'commander'
import { createContext } from './context.ts'
import { table } from './output.ts'
import { verifyDeployment } from './verifyDeployment.ts'

/** Adds `assay verify-deployment`. */
export function addDeploymentCommands(program: Command, signal: AbortSignal): void {
  program
    .command('verify-deployment')
    .description("compare the code on the chain with this checkout's artifacts")
    .option('--artifacts <folder>', "Hardhat's artifacts", 'artifacts')
    .addHelpText('after', '\nExample: assay verify-deployment')
    .action(async ({ artifacts }: { artifacts: string }, command: Command) => {
      const context = createContext(command, signal)
      const contracts = await verifyDeployment(context.client(), { network: context.network(), artifacts })
      context.output.result(
        { contracts },
        table(
          ['contract', 'address'],
          contracts.map(({ name, address }) => [name, address]),
        ),
      )
    })
}
