import { addStake } from '@assay/sdk/addStake'
import type { MarketClient } from '@assay/sdk/deployment'
import { getWorker, type Worker } from '@assay/sdk/getWorker'
import { registerWorker } from '@assay/sdk/registerWorker'
import { accountOf } from '@assay/sdk/sendCall'
import { startUnbonding } from '@assay/sdk/startUnbonding'
import { withdrawStake } from '@assay/sdk/withdrawStake'
import { Argument, type Command, Option } from 'commander'
import { type Address, formatEther } from 'viem'
import { addressArgument, etherArgument } from './arguments.ts'
import { type Context, createContext } from './context.ts'
import { nameSigner, OperatorUnknownError, openOperator } from './nameSigner.ts'
import { facts } from './output.ts'

/** Adds `assay stake …`. */
export function addStakeCommands(program: Command, signal: AbortSignal): void {
  const stake = program.command('stake').description("add to a worker's stake, take it out, and look at it")

  stake
    .command('register')
    .addArgument(new Argument('<eth>', 'first stake').argParser(etherArgument))
    .addOption(
      new Option('--signer <address>', 'account that claims and submits; your own unless told').argParser(
        addressArgument,
      ),
    )
    .description('register your account as a worker')
    .addHelpText(
      'after',
      '\nExample: assay stake register 10 --key-file operator.json --key-passphrase-file ~/.assay/passphrase',
    )
    .action(async (amount: bigint, { signer }: { signer?: Address }, command: Command) => {
      const context = createContext(command, signal)
      const client = await context.signingClient()
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
    .addHelpText(
      'after',
      '\nExample: assay stake add 1 --key-file operator.json --key-passphrase-file ~/.assay/passphrase',
    )
    .action(async (amount: bigint, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const client = await context.signingClient()
      const { hash } = await addStake(client, { deployment: context.network(), amount })
      await show(context, client, accountOf(client).address, hash)
    })

  stake
    .command('unbond')
    .addArgument(new Argument('<eth>', 'amount').argParser(etherArgument))
    .description('start to take free stake out; show says from when on it can be withdrawn')
    .addHelpText(
      'after',
      '\nExample: assay stake unbond 1 --key-file operator.json --key-passphrase-file ~/.assay/passphrase',
    )
    .action(async (amount: bigint, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const client = await context.signingClient()
      const { hash } = await startUnbonding(client, { deployment: context.network(), amount })
      await show(context, client, accountOf(client).address, hash)
    })

  stake
    .command('withdraw')
    .option('--to <address>', 'who gets it; your own account unless told', addressArgument)
    .description('send out the stake that has done unbonding')
    .addHelpText(
      'after',
      '\nExample: assay stake withdraw --key-file operator.json --key-passphrase-file ~/.assay/passphrase',
    )
    .action(async ({ to }: { to?: Address }, command: Command) => {
      const context = createContext(command, signal)
      const client = await context.signingClient()
      const { hash } = await withdrawStake(client, { deployment: context.network(), ...(to !== undefined && { to }) })
      await show(context, client, accountOf(client).address, hash)
    })

  stake
    .command('signer')
    .addArgument(new Argument('<address>', 'account that is to claim and submit').argParser(addressArgument))
    .description(
      'name another signer, such as a key in a token or of a remote signer; the one before counts for a day more',
    )
    .addHelpText(
      'after',
      '\nExample: assay stake signer "$signer" --key-file operator.json --key-passphrase-file ~/.assay/passphrase',
    )
    .action(async (signer: Address, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const client = await openOperator(context)
      const transaction = await nameSigner(context, { client, signer })
      await show(context, client, accountOf(client).address, transaction)
    })

  stake
    .command('show')
    .addArgument(new Argument('[operator]', 'the worker; your own account unless told').argParser(addressArgument))
    .description("show a worker's stake")
    .addHelpText('after', '\nExample: assay stake show "$operator"')
    .action(async (operator: Address | undefined, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const address = operator ?? accountOf(await context.signingClient()).address
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
  const until = new Date(worker.unbondableAt * 1000).toISOString()
  return [
    ['operator', worker.operator],
    ['signer', worker.signer],
    ['free', `${formatEther(worker.free)} ETH`],
    ['bonded', `${formatEther(worker.bonded)} ETH`],
    ['unbonding', worker.unbonding === 0n ? '0 ETH' : `${formatEther(worker.unbonding)} ETH, until ${until}`],
  ]
}
