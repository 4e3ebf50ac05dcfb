import type { RequestedJob } from '@assay/sdk/inspectJobs'
import { type Address, type Hex, isAddressEqual, zeroAddress } from 'viem'

/** Something that happened to a worker; `at` in unix seconds, `index` is its event's place in the block, amounts in the smallest unit. */
export type WorkerNote = { block: bigint; index: number; at: number } & (
  | JobNote
  | { name: 'EquivocationProved'; jobId: Hex; amount: bigint }
  | { name: 'SignerEnds'; signer: Address; validUntil: number }
)

/** A market's event of a job that a worker took; `request` is undefined where it was made long before. */
export type JobNote = { jobId: Hex; request: RequestedJob | undefined } & (
  | { name: 'JobClaimed' | 'JobAnswered' }
  | { name: 'JobSettled' | 'PayeePaid' | 'JobExpired' | 'JobOverturned' | 'JobReleased'; amount: bigint }
)

/** What a worker was paid for a job, in the chain's own coin or a token; `token` is undefined where the request was made long before. */
export type Earning = { jobId: Hex; at: number; amount: bigint; token: Address | undefined }

/** What the worker was paid, newest first. @param notes newest first */
export function earningsOf(notes: readonly WorkerNote[]): Earning[] {
  const paidByName = new Set(notes.flatMap((note) => (note.name === 'PayeePaid' ? [note.jobId] : [])))
  return notes.flatMap((note) => {
    if (note.name !== 'JobSettled' && note.name !== 'PayeePaid') return []
    // Where several workers share a price, the whole of it is settled and a part is paid to each by name.
    if (note.name === 'JobSettled' && paidByName.has(note.jobId)) return []
    return [{ jobId: note.jobId, at: note.at, amount: note.amount, token: note.request?.order.token }]
  })
}

/** Why a worker lost money. */
export type SlashReason = 'late' | 'overturned' | 'released' | 'equivocation'

/** What a worker lost, in wei of its stake. */
export type Slash = { jobId: Hex; at: number; amount: bigint; reason: SlashReason }

const slashReasons = {
  JobExpired: 'late',
  JobOverturned: 'overturned',
  JobReleased: 'released',
  EquivocationProved: 'equivocation',
} as const

/** What the worker lost, newest first. @param notes newest first */
export function slashesOf(notes: readonly WorkerNote[]): Slash[] {
  return notes.flatMap((note) => {
    if (!isSlash(note) || note.amount === 0n) return []
    return [{ jobId: note.jobId, at: note.at, amount: note.amount, reason: slashReasons[note.name] }]
  })
}

function isSlash(note: WorkerNote): note is Extract<WorkerNote, { name: keyof typeof slashReasons }> {
  return Object.hasOwn(slashReasons, note.name)
}

/** The jobs that the worker claimed or answered, by their newest event, with their requests where these are known. */
export function jobsOf(notes: readonly WorkerNote[]): { jobId: Hex; request: RequestedJob | undefined }[] {
  const jobs = notes.flatMap((note) => ('request' in note ? [note] : []))
  return [...new Map(jobs.map(({ jobId, request }) => [jobId, { jobId, request }])).values()]
}

/**
 * Signers that were replaced and are still accepted, with the unix seconds until when. The operator always is, and is left out.
 * @param notes newest first
 */
export function formerSigners(
  notes: readonly WorkerNote[],
  { now, worker: { operator, signer } }: { now: number; worker: { operator: Address; signer: Address } },
): { signer: Address; validUntil: number }[] {
  const ends = notes.flatMap((note) => (note.name === 'SignerEnds' ? [note] : []))
  const newest = new Map(ends.toReversed().map((note) => [note.signer, note]))
  return [...newest.values()]
    .filter((note) => note.validUntil >= now && ![operator, signer].some((one) => isAddressEqual(note.signer, one)))
    .map((note) => ({ signer: note.signer, validUntil: note.validUntil }))
}

/** What was earned in one stretch of time, from `from` (unix seconds) on. */
export type EarningBar = { from: number; amount: bigint; jobs: number }

/** Lengths of a stretch, in seconds: minutes to months. */
const stretches = [60, 300, 900, 3600, 10_800, 43_200, 86_400, 604_800, 2_592_000] as const
const barCount = 24

/**
 * Earnings in the chain's own coin over time, in 24 equal stretches up to now, oldest first, as long as it takes to hold all of them.
 * @returns the stretches and the length of each in seconds
 */
export function earningBars(earnings: readonly Earning[], now: number): { bars: EarningBar[]; stretchSeconds: number } {
  const counted = earnings.filter(({ token }) => token !== undefined && isAddressEqual(token, zeroAddress))
  // A chain's clock may run ahead.
  const newest = Math.max(now, ...counted.map(({ at }) => at))
  const oldest = Math.min(newest, ...counted.map(({ at }) => at))
  const stretchSeconds =
    stretches.find((length) => Math.floor(newest / length) - Math.floor(oldest / length) < barCount) ??
    Math.ceil((newest - oldest + 1) / (barCount - 1))
  const end = Math.floor(newest / stretchSeconds)
  const bars = Array.from({ length: barCount }, (_, index): EarningBar => {
    const from = (end - barCount + 1 + index) * stretchSeconds
    const inside = counted.filter(({ at }) => at >= from && at < from + stretchSeconds)
    return { from, amount: inside.reduce((sum, { amount }) => sum + amount, 0n), jobs: inside.length }
  })
  return { bars, stretchSeconds }
}
