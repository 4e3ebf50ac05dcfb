import type { WorkerStatus } from '@assay/sdk/readWorkerStatus'
import { formatEther } from 'viem'
import { facts, table } from './output.ts'

/** A worker's state for a person: what it is and earns, then tables of what there is to list. */
export function workerStatusReport(status: WorkerStatus): string {
  const { dependencies, endpoints, working, declined, proving } = status
  const parts = [
    facts(summary(status)),
    table(
      ['dependency', 'state', 'since', 'detail'],
      Object.entries(dependencies).map(([name, { ok, since, detail }]) => [name, ok ? 'up' : 'DOWN', since, detail]),
    ),
    table(
      ['endpoint', 'breaker', 'head'],
      endpoints.map(({ label, breaker, head }) => [label, breaker, head === 0 ? '-' : `${head}`]),
    ),
    listed(
      ['job', 'model', 'stage', 'price', 'time left'],
      working.map(({ jobId, modelId, stage, running, price, secondsLeft }) => [
        shortId(jobId),
        shortId(modelId),
        running ? stage : `${stage} (waits)`,
        price === undefined ? '-' : ether(price),
        secondsLeft === undefined ? 'not claimed' : timeLeft(secondsLeft),
      ]),
      'No job under way.',
    ),
    listed(
      ['declined because', 'jobs'],
      Object.entries(declined)
        .sort(([, a], [, b]) => b - a)
        .map(([reason, jobs]) => [reason, `${jobs}`]),
      'No job declined.',
    ),
    listed(
      ['model', 'proofs', 'p50', 'p95'],
      proving.map(({ modelId, proofs, p50Ms, p95Ms }) => [
        shortId(modelId),
        `${proofs}`,
        seconds(p50Ms),
        seconds(p95Ms),
      ]),
      'No proof made.',
    ),
  ]
  return parts.join('\n\n')
}

/** What keeps the worker from claiming, in one sentence each; empty when it is ready. */
export function troublesOf({ dependencies }: Pick<WorkerStatus, 'dependencies'>): string[] {
  return Object.entries(dependencies).flatMap(([name, { ok, detail }]) => (ok ? [] : [`${name}: ${detail}`]))
}

function summary(status: WorkerStatus): [string, string][] {
  const { network, ready, account, signer, earned, outbox, sandbox, key, uptimeSeconds } = status
  const operator = account?.operator
  const parked = outbox.parked ?? 0
  return [
    ['worker', ready ? 'ready' : 'NOT READY'],
    ['network', `${network.name} (chain ${network.chainId})`],
    ['up for', duration(uptimeSeconds)],
    ['operator', operator?.address ?? 'not known'],
    ['signer', `${signer}${account === undefined ? '' : `, ${ether(account.gasMoney)} for gas`}`],
    ['stake', operator === undefined ? 'not known' : `${ether(operator.free)} free, ${ether(operator.bonded)} bonded`],
    ['balance', operator === undefined ? 'not known' : `${ether(operator.balance)} to withdraw from the market`],
    ['earned', `${ether(earned.total.wei)} with ${jobsOf(earned.total.jobs)}`],
    ['last 24 h', `${ether(earned.lastDay.wei)} with ${jobsOf(earned.lastDay.jobs)}`],
    ['sandbox', sandbox.detail],
    ...(key === undefined ? [] : [['key', `${key.ageDays} days old`] satisfies [string, string]]),
    ...(parked === 0
      ? []
      : [['parked', `${parked} transactions wait until gas is cheaper`] satisfies [string, string]]),
  ]
}

function listed(headings: string[], rows: string[][], none: string): string {
  return rows.length === 0 ? none : table(headings, rows)
}

function jobsOf(count: number): string {
  return count === 1 ? '1 job' : `${count} jobs`
}

function ether(wei: string): string {
  return `${formatEther(BigInt(wei))} ETH`
}

function shortId(id: string): string {
  return id.length > 14 ? `${id.slice(0, 10)}…` : id
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

function timeLeft(secondsLeft: number): string {
  return secondsLeft < 0 ? `LATE by ${duration(-secondsLeft)}` : duration(secondsLeft)
}

/** The two largest units: `3 d 4 h`, `5 min 6 s`. */
function duration(total: number): string {
  const units = [
    { name: 'd', size: 86_400 },
    { name: 'h', size: 3600 },
    { name: 'min', size: 60 },
    { name: 's', size: 1 },
  ]
  const first = units.findIndex(({ size }) => total >= size)
  if (first < 0) return '0 s'
  return units
    .slice(first, first + 2)
    .map(({ name, size }, index) => {
      const whole = units[first - 1 + index]?.size
      return `${Math.floor((whole === undefined ? total : total % whole) / size)} ${name}`
    })
    .join(' ')
}
