import { type Hex, isAddressEqual } from 'viem'
import type { ChainHistory, HistoryEvent } from './chainHistory.ts'

/** Something that must not have happened. */
export type Finding = {
  kind:
    | 'lost-job'
    | 'late-answer'
    | 'double-claim'
    | 'double-submit'
    | 'refused-transaction'
    | 'lost-bond'
    | 'stake-differs'
    | 'store-differs'
    | 'misbehaved'
  detail: string
}

/** What a scenario itself did, so that the worker is not to blame; whatever is not named here is. */
export type Excuses = {
  /** Jobs that the worker was kept from answering while its bond was at stake: its machine stood still until they were due. */
  missed?: ReadonlySet<Hex>
  /** Jobs that the worker was right not to claim. */
  unclaimed?: ReadonlySet<Hex>
  /** Transactions that a reorganisation moved to another place, where they may revert. */
  reorged?: ReadonlySet<Hex>
}

/**
 * What the chain tells against a worker: jobs that were meant for it and not settled in time, jobs claimed or answered twice,
 * transactions that the market refused, and bonds that it lost.
 * @param stake wei that the worker registered with
 */
export function auditChain(
  history: ChainHistory,
  { stake, excuses = {} }: { stake: bigint; excuses?: Excuses },
): Finding[] {
  const jobs = Map.groupBy(history.events, ({ jobId }) => jobId)
  return [
    ...[...jobs].flatMap(([jobId, events]) => auditJob({ jobId, events, excuses }, history)),
    ...auditTransactions(history, excuses),
    ...auditStake(history, { stake, excuses }),
  ]
}

function auditJob(
  { jobId, events, excuses }: { jobId: Hex; events: HistoryEvent[]; excuses: Excuses },
  { operator, now, transactions }: ChainHistory,
): Finding[] {
  const findings: Finding[] = []
  const own = events.filter((event) => 'worker' in event && isAddressEqual(event.worker, operator))
  const claims = own.filter((event) => event.type === 'claimed')
  const settled = own.find(({ type }) => type === 'settled')
  const isMissed = excuses.missed?.has(jobId) === true
  const isMeant = events.some(
    (event) => event.type === 'requested' && isAddressEqual(event.order.allowedWorker, operator),
  )

  const isExcused = isMissed || (claims.length === 0 && excuses.unclaimed?.has(jobId) === true)
  if ((isMeant || claims.length > 0) && settled === undefined && !isExcused) {
    const seen = events.map((event) => (event.type === 'skipped' ? `skipped (${event.reason})` : event.type)).join(', ')
    findings.push({ kind: 'lost-job', detail: `Job ${jobId} was not settled by the worker: ${seen}; it is ${now}.` })
  }
  const due = claims.at(-1)?.due ?? 0
  if (settled !== undefined && settled.time > due) {
    findings.push({ kind: 'late-answer', detail: `Job ${jobId} was due at ${due} and settled at ${settled.time}.` })
  }
  if (claims.length > 1) {
    findings.push({ kind: 'double-claim', detail: `Job ${jobId} was claimed ${claims.length} times by the worker.` })
  }
  for (const event of events) {
    const isOwn = transactions.some(({ hash }) => hash === event.transactionHash)
    if (event.type !== 'skipped' || !isOwn || excuses.reorged?.has(event.transactionHash)) continue
    // What was ready before the machine stood still may go out when it wakes.
    if (event.reason === 'WrongTime' && isMissed) continue
    const detail = `The market skipped the answer to job ${jobId} in ${event.transactionHash}: ${event.reason}.`
    findings.push({ kind: 'refused-transaction', detail })
  }
  const expired = own.find(({ type }) => type === 'expired')
  if (expired?.type === 'expired' && !isMissed) {
    findings.push({ kind: 'lost-bond', detail: `The worker lost ${expired.slashed} wei with job ${jobId}.` })
  }
  return findings
}

function auditTransactions({ transactions, events }: ChainHistory, { reorged, missed }: Excuses): Finding[] {
  const findings: Finding[] = []
  const seen = new Map<string, Hex>()
  const skipped = new Set(
    events.flatMap((event) => (event.type === 'skipped' ? [`${event.transactionHash} ${event.jobId}`] : [])),
  )
  for (const { hash, action, jobIds, isReverted } of transactions) {
    if (isReverted) {
      // One that went alone, late as above.
      const isLate = action === 'submit' && jobIds.every((jobId) => missed?.has(jobId))
      if (reorged?.has(hash) || isLate) continue
      findings.push({
        kind: 'refused-transaction',
        detail: `The ${action} ${hash} of job ${jobIds.join(', ')} reverted.`,
      })
    }
    if (action === 'other') continue
    for (const jobId of jobIds) {
      // A batch that skipped a job has not answered it.
      if (skipped.has(`${hash} ${jobId}`)) continue
      const earlier = seen.get(`${action} ${jobId}`)
      seen.set(`${action} ${jobId}`, hash)
      if (earlier === undefined) continue
      const kind = action === 'claim' ? 'double-claim' : 'double-submit'
      findings.push({
        kind,
        detail: `Job ${jobId} has two mined transactions for its ${action}: ${earlier} and ${hash}.`,
      })
    }
  }
  return findings
}

/** Whether the registry holds what the events leave: nothing slashed without an excuse, and bonds for claimed jobs only. */
function auditStake(
  { events, operator, stake: now }: ChainHistory,
  { stake, excuses }: { stake: bigint; excuses: Excuses },
): Finding[] {
  let slashed = 0n
  let bonded = 0n
  for (const [jobId, own] of Map.groupBy(events, ({ jobId }) => jobId)) {
    let bond = 0n
    const requested = own.find((event) => event.type === 'requested')
    for (const event of own) {
      if (!('worker' in event) || !isAddressEqual(event.worker, operator)) continue
      bond = event.type === 'claimed' && requested?.type === 'requested' ? requested.order.bond : 0n
      if (event.type === 'expired' && excuses.missed?.has(jobId)) slashed += event.slashed
    }
    bonded += bond
  }
  const expected = { free: stake - slashed - bonded, bonded }
  if (now.free === expected.free && now.bonded === expected.bonded) return []
  const detail = `The registry holds ${now.free} wei free and ${now.bonded} bonded; the jobs leave ${expected.free} and ${expected.bonded}.`
  return [{ kind: 'stake-differs', detail }]
}
