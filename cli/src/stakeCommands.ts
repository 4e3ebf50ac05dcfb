import { addStake } from '@assay/sdk/addStake'
import type { MarketClient } from '@assay/sdk/deployment'
import { getWorker, type Worker } from '@assay/sdk/getWorker'
import { registerWorker } from '@assay/sdk/registerWorker'
import { accountOf } from '@assay/sdk/sendCall'
import { Argument, type Command, Option } from 'commander'
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
    .command('register')
    .addArgument(new Argument('<eth>', 'first stake').argParser(etherArgument))
    .addOption(
      new Option('--signer <address>', 'account that claims and submits; your own unless told').argParser(
        addressArgument,
      ),
    )
    .description('register your account as a worker')
    .addHelpText('after', '\nExample: assay stake register 10 --key-file worker.key')
    .action(async (amount: bigint, { signer }: { signer?: Address }, command: Command) => {
      const context = createContext(command, signal)
      const client = context.signingClient()
      const { hash } = await registerWorker(client, {
        deployment: context.network(),
        stake: amount,
        ...(signer !== undefined && { signer }),
      })
      await show(context, client, accountOf(client).address, hash)
    })

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
