import { writeFileSync } from 'node:fs'
import { buildOrder } from '@assay/sdk/buildOrder'
import { cancelNonces } from '@assay/sdk/cancelNonces'
import { claimSigned } from '@assay/sdk/claimSigned'
import { inspectOrder } from '@assay/sdk/inspectOrder'
import { encodeOrderFile } from '@assay/sdk/orderFile'
import { signOrder } from '@assay/sdk/signOrder'
import type { Command } from 'commander'
import { type Address, formatEther } from 'viem'
import { addressArgument, integerArgument, nonceArgument } from './arguments.ts'
import { type Context, createContext } from './context.ts'
import { followJob } from './followJob.ts'
import { addTermsOptions, readTerms, type TermsOptions } from './jobTerms.ts'
import { addOrderPostCommand } from './orderPostCommand.ts'
import { checkOrder, OrderUnusableError, orderArgument, orderFacts, readOrder } from './orderReport.ts'
import { facts, table } from './output.ts'
import { FileUnreadableError } from './readFiles.ts'
import { valuesHelp } from './readValues.ts'

type SignOptions = TermsOptions & { requester?: Address; nonce?: bigint; claimSeconds: number; out: string }

/** Nonces in one of the market's words, which one transaction cancels. */
const wordNonces = 256n

/** Signing again would leave two orders that both count where a person sees one. */
export class OrderFileExistsError extends Error {
  override readonly name = 'OrderFileExistsError'
  readonly path: string

  constructor({ path, cause }: { path: string; cause: unknown }) {
    super(`${path} exists and may hold an order that still counts; name another file with --out.`, { cause })
    this.path = path
  }
}

/** Nothing was named to cancel. */
export class NonceMissingError extends Error {
  override readonly name = 'NonceMissingError'

  constructor() {
    super('No order is named; name files of orders, their nonces, or a word of 256 nonces with --word.')
  }
}

/** Adds `assay order …`: jobs whose requester signs and sends nothing. */
export function addOrderCommands(program: Command, signal: AbortSignal): void {
  const order = program
    .command('order')
    .description('ask without a transaction: sign orders that workers take to the chain')

  addTermsOptions(order.command('sign'))
    .description('sign an order into a file; the price comes out of your balance in the market when a worker claims it')
    .option('--requester <address>', 'a contract that pays, and accepts your signature (ERC-1271)', addressArgument)
    .option('--nonce <n>', 'unused number; the lowest unless told. Of orders with the same, one counts', nonceArgument)
    .option('--claim-seconds <n>', 'how long it can be claimed', integerArgument(1, 31_536_000), 600)
    .option('--out <file>', 'where the signed order goes', 'order.json')
    .addHelpText(
      'after',
      `\n${valuesHelp}\n\nExample: assay order sign --model "$model" --input digit.json --out order.json --dev-account 1`,
    )
    .action((options: SignOptions, command: Command) => sign(createContext(command, signal), options))

  addOrderPostCommand(order, signal)

  order
    .command('show')
    .addArgument(orderArgument())
    .description('show a signed order and whether a worker can claim it; ends with 1 when none can')
    .addHelpText('after', '\nExample: assay order show order.json')
    .action(async (named: string, _options: object, command: Command) => {
      const context = createContext(command, signal)
      const signed = await readOrder(context, named)
      const found = await inspectOrder(context.client(), { deployment: context.network(), ...signed })
      const checks = checkOrder(signed.order, found)
      const rows = checks.map(({ name, ok, detail }) => [ok ? '✓' : '✗', name, detail])
      const text = `${facts(orderFacts(signed, found))}\n\n${table(['', 'CHECK', 'FOUND'], rows)}`
      context.output.result({ ...found, ...signed, ok: checks.every(({ ok }) => ok), checks }, text)
      const failed = checks.find(({ ok }) => !ok)
      if (failed !== undefined) throw new OrderUnusableError({ jobId: found.jobId, check: failed })
    })

  order
    .command('relay')
    .addArgument(orderArgument())
    .description("take a signed order to the chain with your worker's account: claims it, and your worker answers it")
    .option('--watch', 'wait for the answer')
    .addHelpText(
      'after',
      '\nThe claim locks the bond of the order.\nExample: assay order relay order.json --dev-account 2',
    )
    .action(async (named: string, { watch }: { watch?: boolean }, command: Command) => {
      const context = createContext(command, signal)
      const client = await context.signingClient()
      const signed = await readOrder(context, named)
      const claim = await claimSigned(client, { deployment: context.network(), ...signed })
      if (watch) return followJob(context, claim.jobId)
      context.output.result(
        claim,
        facts([
          ['job', claim.jobId],
          ['worker', claim.worker],
          ['price', `${formatEther(claim.price)} ETH`],
          ['due', new Date(claim.due * 1000).toISOString()],
          ['transaction', claim.hash],
        ]),
      )
    })

  order
    .command('cancel')
    .argument('[orders...]', 'files of your orders, or their nonces')
    .option('--word <n>', 'all 256 nonces of a word: 0 is the nonces from 0 to 255', nonceArgument)
    .description('make nonces of yours useless, so that no order that you signed with one can be claimed')
    .addHelpText('after', '\nExample: assay order cancel order.json 17 --dev-account 1')
    .action((named: string[], { word }: { word?: bigint }, command: Command) =>
      cancel(createContext(command, signal), { named, word }),
    )
}

async function sign(context: Context, { requester, nonce, claimSeconds, out, ...options }: SignOptions): Promise<void> {
  const deployment = context.network()
  const { chainId, addresses } = deployment
  // It signs orders of this market, and no transaction.
  const policy = { chainId, contracts: [{ address: addresses.jobMarket, selectors: [] }], maxValue: 0n }
  const client = await context.signingClient(policy)
  const terms = await readTerms(context, { client, options })
  const order = await buildOrder(client, {
    deployment,
    terms: { ...terms, claimSeconds, ...(requester && { requester }), ...(nonce !== undefined && { nonce }) },
  })
  const signed = await signOrder(client, { deployment, order })
  writeNew(out, encodeOrderFile(signed, deployment))
  const found = await inspectOrder(client, { deployment, ...signed })
  const lines = orderFacts(signed, found)
  const missing = order.maxPrice - found.free
  if (missing > 0n) lines.push(['to do', `assay balance deposit ${formatEther(missing)}, or its claim may fail`])
  context.output.result(
    { ...signed, file: out, free: found.free },
    facts([...lines, ['file', out], ['next', `assay order post ${out} --to <URL of a worker>`]]),
  )
}

function writeNew(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes, { flag: 'wx' })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code === 'EEXIST') throw new OrderFileExistsError({ path, cause })
    throw new FileUnreadableError({ path, reason: `cannot be written (${code}); check the folder`, cause })
  }
}

async function cancel(context: Context, { named, word }: { named: string[]; word: bigint | undefined }): Promise<void> {
  const nonces: bigint[] = []
  for (const each of named) {
    nonces.push(/^\d+$/.test(each) ? nonceArgument(each) : (await readOrder(context, each)).order.nonce)
  }
  if (word !== undefined) {
    for (let index = 0n; index < wordNonces; index++) nonces.push(word * wordNonces + index)
  }
  if (nonces.length === 0) throw new NonceMissingError()
  const client = await context.signingClient()
  const { hashes } = await cancelNonces(client, { deployment: context.network(), nonces })
  const shown = word === undefined ? nonces.join(', ') : `${nonces.length}, all of word ${word} among them`
  context.output.result(
    { nonces, transactions: hashes },
    facts([
      ['cancelled', shown],
      ['transaction', hashes.join(', ')],
    ]),
  )
}
