import { JobRefusedError, type ReasonCode, RetryableError } from '../jobErrors.ts'
import { SandboxSetupError, SandboxViolationError } from './sandboxErrors.ts'

/** What an error of the sandbox means for the job: a violation and a failure end alike each time, a sandbox that was not set up may not. */
export function toJobError(cause: unknown, failed: ReasonCode): JobRefusedError | RetryableError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  if (cause instanceof SandboxSetupError) return new RetryableError({ reason: 'internal', detail, cause })
  const reason = cause instanceof SandboxViolationError ? 'limit-exceeded' : failed
  return new JobRefusedError({ reason, detail, cause })
}
