'use client'
import type { SetupKind } from '@assay/sdk/getModel'
import type { VerificationStep, VerificationStepName } from '@assay/sdk/verifyResult'
import { useState } from 'react'
import type { Hex } from 'viem'
import { useVerify, type VerifyState } from '../hooks/useVerify'
import { verificationTexts } from '../verificationTexts'
import { Mark, type Outcome } from './Mark'
import { Message } from './Message'
import { Problem } from './Problem'

// The texts name every step, in the order in which they are run.
const stepNames = Object.keys(verificationTexts) as VerificationStepName[]

type VerifyPanelProps = { jobId: Hex; modelId: Hex; outputs: readonly bigint[]; setup: SetupKind | undefined }

/** Checks the whole job again in this browser, trusting neither the worker nor the market's own check. */
export function VerifyPanel({ setup, ...job }: VerifyPanelProps) {
  const { state, verify } = useVerify(job)

  return (
    <section aria-labelledby="verify-title" className="grid gap-4">
      <div>
        <h3 id="verify-title" className="font-semibold">
          Check it yourself
        </h3>
        <p className="mt-1 text-quiet text-sm leading-relaxed">
          You need not take the worker’s or the contract’s word for it. Your browser reads everything again, and checks
          the proof by itself.
        </p>
      </div>
      <button type="button" className="button-main justify-self-start" disabled={state?.running} onClick={verify}>
        {state?.running ? 'Checking…' : state ? 'Check again' : 'Verify in this browser'}
      </button>
      {state?.error && <Problem what="The check could not be finished." error={state.error} />}
      <Result state={state} setup={setup} />
      {state && <Steps state={state} />}
    </section>
  )
}

function Steps({ state }: { state: VerifyState }) {
  const [detailed, setDetailed] = useState(false)
  const running = state.running ? stepNames[state.steps.length] : undefined
  return (
    <>
      <ol className="grid gap-x-8 gap-y-4 sm:grid-cols-2 lg:grid-cols-3">
        {stepNames.map((name) => {
          const found = state.steps.find((step) => step.name === name)
          const outcome = found ? outcomeOf(found) : name === running ? 'running' : 'ahead'
          return <Step key={name} name={name} found={found} outcome={outcome} detailed={detailed} />
        })}
      </ol>
      <label className="flex items-center gap-2.5 justify-self-start text-quiet text-sm">
        <input
          type="checkbox"
          checked={detailed}
          onChange={(event) => setDetailed(event.target.checked)}
          className="size-4 accent-brass"
        />
        Show what exactly was found
      </label>
    </>
  )
}

function outcomeOf({ ok, error }: VerificationStep): Outcome {
  if (ok) return 'held'
  // An answer that was paid without a proof has broken no rule; there is only nothing to check it by.
  return error?.name === 'StepSkippedError' || error?.name === 'ProofAbsentError' ? 'skipped' : 'failed'
}

const spoken: Record<Outcome, string> = {
  held: ': holds',
  failed: ': fails',
  skipped: ': not checked',
  running: '',
  ahead: '',
}

type StepProps = {
  name: VerificationStepName
  found: VerificationStep | undefined
  outcome: Outcome
  detailed: boolean
}

function Step({ name, found, outcome, detailed }: StepProps) {
  const { title, why } = verificationTexts[name]
  return (
    <li data-check={name} data-outcome={outcome} className="grid grid-cols-[20px_1fr] gap-x-3">
      <Mark outcome={outcome} />
      <div className="min-w-0">
        <p className={`font-medium text-sm leading-5 ${titleLooks[outcome]}`}>
          {title}
          <span className="sr-only">{spoken[outcome]}</span>
        </p>
        <p className="mt-0.5 text-quiet text-sm leading-normal">{why}</p>
        {found && outcome === 'failed' && (
          <p className="mt-1 font-medium text-failed text-sm leading-normal [overflow-wrap:anywhere]">
            <Message text={found.detail} />
          </p>
        )}
        {found && outcome !== 'failed' && detailed && (
          <p className="mt-1 text-[0.8125rem] leading-normal [overflow-wrap:anywhere]">
            <Message text={found.detail} />
          </p>
        )}
      </div>
    </li>
  )
}

const titleLooks: Record<Outcome, string> = {
  held: '',
  failed: 'text-failed',
  skipped: 'text-quiet',
  running: '',
  ahead: 'text-quiet',
}

function Result({ state, setup }: { state: VerifyState | undefined; setup: SetupKind | undefined }) {
  const count = (outcome: Outcome) => state?.steps.filter((step) => outcomeOf(step) === outcome).length ?? 0
  const skipped = count('skipped')
  return (
    <div role="status">
      {state?.ok === true && (
        <p
          data-outcome="verified"
          className="animate-arrive rounded-md border border-proved bg-proved-wash px-3.5 py-3 font-medium text-proved text-sm leading-normal"
        >
          All {state.steps.length} checks hold. This model gave this answer to this question, and your browser has
          checked it.
          {setup === 'insecure-dev' && (
            <span className="mt-1 block font-normal">
              One thing no check can tell: the secret behind this model’s development keys is public, so a forger could
              pass them too.
            </span>
          )}
        </p>
      )}
      {state?.ok === false && count('failed') === 0 && (
        <p
          data-outcome="unproved"
          className="animate-arrive rounded-md border border-brass-fill bg-caution-wash px-3.5 py-3 font-medium text-sm leading-normal"
        >
          The {count('held')} checks that could be made hold, and {skipped} could not: this answer was paid without a
          proof, as its assurance allows. Run the model above to see whether it is the right one.
        </p>
      )}
      {state?.ok === false && count('failed') > 0 && (
        <p
          data-outcome="refuted"
          className="animate-arrive rounded-md border border-failed bg-failed-wash px-3.5 py-3 font-medium text-failed text-sm leading-normal"
        >
          {count('failed')} of {state.steps.length} checks failed
          {skipped > 0 && `, and ${skipped} could not be made after that`}. Do not rely on this answer: what this page
          was given does not fit together.
        </p>
      )}
    </div>
  )
}
