import { deposit } from '@assay/sdk/deposit'
import { getBalance } from '@assay/sdk/getBalance'
import { accountOf } from '@assay/sdk/sendCall'
import { withdraw } from '@assay/sdk/withdraw'
import { Argument, type Command } from 'commander'
import { type Address, formatEther } from 'viem'
import { addressArgument, etherArgument } from './arguments.ts'
import { createContext } from './context.ts'
import { facts } from './output.ts'

/** Adds `assay balance …`: what an account has in the market. */
export function addBalanceCommands(program: Command, signal: AbortSignal): void {
  const balance = program.command('balance').description('what you have in the market: refunds, surplus and earnings')

  balance
    .command('show')
    .addArgument(new Argument('[account]', 'your own account unless told').argParser(addressArgument))
    .description('show the balance of an account')
    .addHelpText('after', '\nExample: assay balance show --dev-account 1')
    .action(async (account: Address | undefined, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const owner = account ?? accountOf(await context.signingClient()).address
      const { free, locked } = await getBalance(context.client(), { deployment: context.network(), account: owner })
      context.output.result(
        { account: owner, free, locked },
        facts([
          ['account', owner],
          ['free', `${formatEther(free)} ETH`],
          ['locked', `${formatEther(locked)} ETH`],
        ]),
      )
    })

  balance
    .command('deposit')
    .addArgument(new Argument('<eth>', 'amount').argParser(etherArgument))
    .description('put money into your balance, for orders that you only sign')
    .addHelpText('after', '\nExample: assay balance deposit 0.05 --dev-account 1')
    .action(async (amount: bigint, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const client = await context.signingClient()
      const { hash } = await deposit(client, { deployment: context.network(), amount })
      context.output.result({ amount, transaction: hash }, facts([['transaction', hash]]))
    })

  balance
    .command('withdraw')
    .addArgument(new Argument('<eth>', 'amount').argParser(etherArgument))
    .description('send free balance to your account')
    .addHelpText('after', '\nExample: assay balance withdraw 0.01 --dev-account 1')
    .action(async (amount: bigint, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const client = await context.signingClient()
      const { hash } = await withdraw(client, { deployment: context.network(), amount })
      context.output.result({ amount, transaction: hash }, facts([['transaction', hash]]))
    })
}
