import { developmentAccount } from '@assay/sdk/developmentAccounts'
import { formatEther } from 'viem'
import type { Digit } from '../mnist.ts'
import { accounts } from './accounts.ts'
import { drawDigit } from './drawDigit.ts'
import type { PublishedModel } from './publishFixtures.ts'
import type { DigitJob } from './runDigitJob.ts'
import type { Devnet } from './startDevnet.ts'

/** Where everything is, and who plays which part. */
export function devnetText({ network, statusUrl, models }: Devnet): string {
  const { chainId, appUrl, rpcUrl, gatewayUrl } = network
  const addressOf = (index: number) => developmentAccount({ chainId, index }).address
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  return table([
    ['Page', appUrl, 'draw a digit, pay, watch the job, verify the answer'],
    ['Chain', rpcUrl, `chain id ${chainId}`],
    ['Content', gatewayUrl, 'models and inputs by CID'],
    ['Worker', `${statusUrl}/health`, `account 2, ${addressOf(accounts.worker)}`],
    ['Requester', addressOf(accounts.requester), 'account 1, pays for the job below'],
    ['Model owner', addressOf(accounts.modelOwner), 'account 3, earns a royalty'],
    ['Page wallet', addressOf(accounts.page), 'account 4, connected with one click'],
    ...models.map(({ manifest: { name, accuracy, constraints, setup } }) => [
      `Model`,
      `${name}, ${constraints.toLocaleString('en')} constraints, setup ${setup.kind}`,
      accuracy === undefined
        ? ''
        : `${percent(accuracy.exact)} of ${accuracy.samples.toLocaleString('en')} held-out digits right (float: ${percent(accuracy.float)})`,
    ]),
  ])
}

/** The digit, the answer beside its true label, the job's life, who was paid what, and what an independent check found. */
export function digitJobText(
  { digit, index, published }: { digit: Digit; index: number; published: PublishedModel },
  { job, answer, stages, verification, totalMs }: DigitJob,
): string {
  const { top, scores = [] } = answer
  const said = top?.label ?? '?'
  const beside = [
    `Held-out digit ${index}, asked of ${published.manifest.name}`,
    `Answer      ${said}`,
    `True label  ${digit.label}${said === String(digit.label) ? '' : '  (the model is wrong here; the proof shows that it is its answer)'}`,
    '',
    ...scores.map(
      ({ label, share }) => `${label} ${'▇'.repeat(Math.round(20 * share)).padEnd(20)} ${(100 * share).toFixed(1)} %`,
    ),
  ]
  const picture = drawDigit(digit.pixels).map((line, row) => `  ${line}  ${beside[row] ?? ''}`.trimEnd())

  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
  const life = stages.map(({ name, by, durationMs, gas }) => [
    name,
    by,
    seconds(durationMs),
    gas?.toLocaleString('en') ?? '',
  ])
  const gas = stages.reduce((sum, stage) => sum + (stage.gas ?? 0n), 0n)
  const right = verification.steps.filter((step) => step.ok).length
  const failed = verification.steps.filter((step) => !step.ok).map((step) => `  ✗ ${step.detail}`)
  return [
    ...picture,
    '',
    table(
      [
        ['Stage', 'By', 'Took', 'Gas'],
        ...life,
        ['From upload to settled', '', seconds(totalMs), gas.toLocaleString('en')],
      ],
      [2, 3],
    ),
    '',
    payoutText(job),
    '',
    `  ${failed.length === 0 ? '✓' : '✗'} Verified without trusting the worker: ${right} of ${verification.steps.length} checks hold (job ${job.jobId}).`,
    ...failed,
  ].join('\n')
}

function payoutText({ payout, claim, order }: DigitJob['job']): string {
  if (payout === undefined || claim === undefined) return '  Nobody was paid.'
  const ether = (wei: bigint) => `${formatEther(wei)} ETH`
  return table([
    ['Escrowed by the requester', ether(order.maxPrice)],
    [
      'Back to the requester',
      ether(order.maxPrice - claim.price),
      'the price was still climbing when the worker claimed',
    ],
    ['Paid to the worker', ether(payout.workerShare)],
    ['Paid to the model owner', ether(payout.royalty), 'royalty'],
    ['Paid to the platform', ether(payout.fee), 'fee'],
  ])
}

/** Rows in aligned columns, indented; the columns named in `right` are aligned to the right. */
export function table(rows: string[][], right: number[] = []): string {
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const pad = (cell: string, column: number) =>
    right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return rows.map((row) => `  ${row.map(pad).join('   ')}`.trimEnd()).join('\n')
}
