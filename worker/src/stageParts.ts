import type { Answers } from './answers.ts'
import type { Capacity } from './capacity.ts'
import type { WorkerConfig } from './config.ts'
import type { Checks } from './createChecks.ts'
import type { FetchVerified } from './fetchVerified.ts'
import type { JobTrace } from './jobTrace.ts'
import type { LoadModel } from './loadModel.ts'
import type { WorkerLogger } from './log.ts'
import type { MarketChain, Operator } from './marketChain.ts'
import type { Outbox } from './outbox.ts'
import type { Store } from './store.ts'
import type { SubmitBatch } from './submitBatch.ts'

/** What the stages of a job work with; built once by the daemon. */
export type StageParts = {
  config: WorkerConfig
  chain: MarketChain
  operator: Operator
  store: Store
  outbox: Outbox
  submitBatch: SubmitBatch
  loadModel: LoadModel
  fetchVerified: FetchVerified
  answers: Answers
  capacity: Capacity
  checks: Checks
  logger: WorkerLogger
  trace: JobTrace
}
