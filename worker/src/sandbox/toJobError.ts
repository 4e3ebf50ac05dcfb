import { ProverCrashedError } from '@assay/circuits/residentProver'
import { HotPoolClosedError } from '../hotPool.ts'
import { JobRefusedError, type ReasonCode, RetryableError } from '../jobErrors.ts'
import { SandboxSetupError, SandboxViolationError } from './sandboxErrors.ts'

/** What an error of the sandbox means for the job: a violation and a failure end alike each time, a sandbox that was not set up or a prover that crashed may not. */
export function toJobError(cause: unknown, failed: ReasonCode): JobRefusedError | RetryableError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  const mayPass =
    cause instanceof SandboxSetupError || cause instanceof ProverCrashedError || cause instanceof HotPoolClosedError
  if (mayPass) return new RetryableError({ reason: 'internal', detail, cause })
  const reason = cause instanceof SandboxViolationError ? 'limit-exceeded' : failed
  return new JobRefusedError({ reason, detail, cause })
}
