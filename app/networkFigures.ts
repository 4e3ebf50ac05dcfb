import type { JobEvent } from '@assay/sdk/jobEvents'
import { type Address, type Hash, type Hex, isAddressEqual, zeroAddress } from 'viem'

/** What the figures need of an event of a job. Amounts in the smallest unit of the job's token. */
export type MarketNote = { block: bigint; hash: Hash; jobId: Hex } & (
  | { name: 'JobRequested'; modelId: Hex; token: Address }
  | { name: 'JobClaimed' | 'JobOverturned' | 'JobReleased' | 'JobExpired'; worker: Address }
  | { name: 'JobSettled'; worker: Address; price: bigint }
  | { name: 'JobAnswered' | 'JobChallenged' | 'JobRefunded' | 'JobCancelled' }
)

/** A job that was paid, as the feed shows it; `modelId` and `token` are undefined where it was requested before the first note. */
export type SettledJob = {
  jobId: Hex
  worker: Address
  price: bigint
  block: bigint
  requestBlock: bigint | undefined
  modelId: Hex | undefined
  token: Address | undefined
}

/** Figures of the jobs that were requested in a range of blocks. */
export type NetworkFigures = {
  requested: number
  /** Neither paid nor given back. */
  live: number
  settled: number
  /** Share of the jobs that ended which ended with an answer, 0…1; undefined when none did. Withdrawn ones count as not answered. */
  fillRate: number | undefined
  /** Prices of the settled ones in the chain's own coin, in wei. */
  volume: bigint
  /** Settled ones that were paid in tokens, which the volume leaves out. */
  inTokens: number
  /** Workers that claimed one. */
  workers: number
  /** Challenges that were made, and those that are not decided. */
  challenges: number
  openChallenges: number
}

/** What the figures need of a job's event, or undefined for one that changes none. */
export function noteOf(event: JobEvent): MarketNote | undefined {
  const { blockNumber: block, transactionHash: hash, jobId } = event
  switch (event.name) {
    case 'JobRequested':
      return { block, hash, jobId, name: event.name, modelId: event.modelId, token: event.order.token }
    case 'JobClaimed':
    case 'JobOverturned':
    case 'JobReleased':
    case 'JobExpired':
      return { block, hash, jobId, name: event.name, worker: event.worker }
    case 'JobSettled': {
      const price = event.workerShare + event.royalty + event.fee
      return { block, hash, jobId, name: event.name, worker: event.worker, price }
    }
    case 'JobAnswered':
    case 'JobChallenged':
    case 'JobRefunded':
    case 'JobCancelled':
      return { block, hash, jobId, name: event.name }
    default:
      return undefined
  }
}

/** @param notes oldest first */
export function networkFigures(notes: readonly MarketNote[]): NetworkFigures {
  const requests = notes.filter((note) => note.name === 'JobRequested')
  const tokens = new Map(requests.map(({ jobId, token }) => [jobId, token]))
  const own = notes.filter(({ jobId }) => tokens.has(jobId))
  const named = <Name extends MarketNote['name']>(name: Name) =>
    own.filter((note): note is Extract<MarketNote, { name: Name }> => note.name === name)
  const settled = named('JobSettled')
  const ended = settled.length + named('JobRefunded').length + named('JobCancelled').length
  const inCoin = settled.filter(({ jobId }) => isAddressEqual(tokens.get(jobId) ?? zeroAddress, zeroAddress))
  return {
    requested: requests.length,
    live: requests.length - ended,
    settled: settled.length,
    fillRate: ended === 0 ? undefined : settled.length / ended,
    volume: inCoin.reduce((sum, { price }) => sum + price, 0n),
    inTokens: settled.length - inCoin.length,
    workers: new Set(own.flatMap((note) => ('worker' in note ? [note.worker] : []))).size,
    challenges: named('JobChallenged').length,
    openChallenges: openChallenges(own),
  }
}

function openChallenges(notes: readonly MarketNote[]): number {
  const open = new Set<Hex>()
  for (const { name, jobId } of notes) {
    if (name === 'JobChallenged') open.add(jobId)
    if (name === 'JobSettled' || name === 'JobOverturned' || name === 'JobRefunded') open.delete(jobId)
  }
  return open.size
}

/** The newest jobs that were paid. @param notes oldest first */
export function settledJobs(notes: readonly MarketNote[], limit: number): SettledJob[] {
  const settled = notes.flatMap((note) => (note.name === 'JobSettled' ? [note] : [])).slice(-limit)
  const wanted = new Set(settled.map(({ jobId }) => jobId))
  const requests = new Map(
    notes.flatMap((note) =>
      note.name === 'JobRequested' && wanted.has(note.jobId) ? [[note.jobId, note] as const] : [],
    ),
  )
  return settled.toReversed().map(({ jobId, worker, price, block }) => {
    const request = requests.get(jobId)
    return {
      jobId,
      worker,
      price,
      block,
      requestBlock: request?.block,
      modelId: request?.modelId,
      token: request?.token,
    }
  })
}

/** A transaction of a job's life and how many jobs it did the same for: its gas is shared among them. */
export type GasShare = { hash: Hash; jobs: number }

/** The transactions that request, claim and answer a job. @param notes oldest first, with all jobs of each transaction among them */
export function gasShares(notes: readonly MarketNote[], jobId: Hex): GasShare[] {
  const names = ['JobRequested', 'JobClaimed', 'JobAnswered', 'JobSettled']
  const hashes = new Set(
    notes.flatMap((note) => (note.jobId === jobId && names.includes(note.name) ? [note.hash] : [])),
  )
  return [...hashes].map((hash) => {
    const jobs = new Set(notes.flatMap((note) => (note.hash === hash ? [note.jobId] : [])))
    return { hash, jobs: jobs.size }
  })
}
