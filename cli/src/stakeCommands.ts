import { addStake } from '@assay/sdk/addStake'
import type { MarketClient } from '@assay/sdk/deployment'
import { getWorker, type Worker } from '@assay/sdk/getWorker'
import { accountOf } from '@assay/sdk/sendCall'
import { Argument, type Command } from 'commander'
import { type Address, formatEther } from 'viem'
import { addressArgument, etherArgument } from './arguments.ts'
import { type Context, createContext } from './context.ts'
import { facts } from './output.ts'

/** The account is no registered operator. */
export class OperatorUnknownError extends Error {
  override readonly name = 'OperatorUnknownError'
  readonly operator: Address

  constructor({ operator }: { operator: Address }) {
    super(`${operator} is no registered worker on this network; check the address.`)
    this.operator = operator
  }
}

/** Adds `assay stake …`. */
export function addStakeCommands(program: Command, signal: AbortSignal): void {
  const stake = program.command('stake').description("add to a worker's stake and look at it")

  stake
    .command('add')
    .addArgument(new Argument('<eth>', 'amount').argParser(etherArgument))
    .description('add to the stake of your registered worker')
    .action(async (amount: bigint, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const client = context.signingClient()
      const { hash } = await addStake(client, { deployment: context.network(), amount })
      await show(context, client, accountOf(client).address, hash)
    })

  stake
    .command('show')
    .addArgument(new Argument('[operator]', 'the worker; your own account unless told').argParser(addressArgument))
    .description("show a worker's stake")
    .action(async (operator: Address | undefined, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const address = operator ?? accountOf(context.signingClient()).address
      await show(context, context.client(), address)
    })
}

async function show(context: Context, client: MarketClient, operator: Address, transaction?: string): Promise<void> {
  const worker = await getWorker(client, { deployment: context.network(), operator })
  if (worker === undefined) throw new OperatorUnknownError({ operator })
  const lines = stakeFacts(worker)
  if (transaction !== undefined) lines.push(['transaction', transaction])
  context.output.result({ ...worker, transaction }, facts(lines))
}

function stakeFacts(worker: Worker): [string, string][] {
  return [
    ['operator', worker.operator],
    ['signer', worker.signer],
    ['free', `${formatEther(worker.free)} ETH`],
    ['bonded', `${formatEther(worker.bonded)} ETH`],
    ['unbonding', `${formatEther(worker.unbonding)} ETH`],
  ]
}
