import type { JobEvent, JobEventName } from '@assay/sdk/jobEvents'
import type { Hex } from 'viem'
import type { WatchedJob } from './hooks/useJob'

/** Accounts of {@link fakeWatchedJob}. */
export const fakeAccounts = {
  requester: '0x00000000000000000000000000000000000000a1',
  worker: '0x00000000000000000000000000000000000000a2',
  challenger: '0x00000000000000000000000000000000000000a3',
} as const

const zero = '0x0000000000000000000000000000000000000000'
const hash: Hex = `0x${'0'.repeat(64)}`
const jobId: Hex = `0x${'11'.repeat(32)}`

/** One event of the fake job in a block; what its name needs beside that is passed in. */
export function fakeEvent(name: JobEventName, rest: { block: bigint } & Record<string, unknown>): JobEvent {
  const { block, ...args } = rest
  // Tests pass the members that what they test reads.
  return { name, jobId, blockNumber: block, blockHash: hash, transactionHash: hash, logIndex: 0, ...args } as JobEvent
}

/** A requested job for tests: 1 ETH at most, a bond of 2 ETH, claimable until second 1000. */
export function fakeWatchedJob(
  overrides: Partial<WatchedJob> = {},
  order: Partial<WatchedJob['order']> = {},
): WatchedJob {
  return {
    jobId,
    order: {
      requester: fakeAccounts.requester,
      token: zero,
      minPrice: 5n * 10n ** 17n,
      maxPrice: 10n ** 18n,
      rampStart: 0,
      rampSeconds: 60,
      claimDeadline: 1000,
      proveSeconds: 300,
      finalDeadline: 9000,
      modelId: jobId,
      inputCommitment: 1n,
      inputRoot: jobId,
      inputCid: jobId,
      assurance: zero,
      assuranceData: '0x',
      bond: 2n * 10n ** 18n,
      allowedWorker: zero,
      minContributions: 0,
      callback: zero,
      callbackGas: 0,
      maxFeeBps: 500,
      nonce: 0n,
      ...order,
    },
    requestHash: hash,
    requestBlock: 1n,
    events: [fakeEvent('JobRequested', { block: 1n })],
    ...overrides,
  }
}
