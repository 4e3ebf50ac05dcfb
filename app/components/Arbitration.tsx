'use client'
import { challengeJob } from '@assay/sdk/challengeJob'
import type { ArbitratedAnswer } from '@assay/sdk/getArbitration'
import type { DisputePhase } from '../disputeSides'
import { formatAmount } from '../formatAmount'
import { useArbitration } from '../hooks/useArbitration'
import type { WatchedJob } from '../hooks/useJob'
import { useMarket } from '../hooks/useNetwork'
import { shortHex } from '../shortText'
import { Address } from './Address'
import { Badge } from './Badge'
import { FinalizeButton } from './FinalizeButton'
import { Loading } from './Loading'
import { Problem } from './Problem'
import { TransactionButton } from './TransactionButton'

/** The answers that workers of a quorum do not agree on, who decides among them, and the way to have it decided. */
export function Arbitration({ job, phase }: { job: WatchedJob; phase: DisputePhase }) {
  const { network } = useMarket()
  const { data: arbitration, error, refetch } = useArbitration(job)
  if (error) return <Problem what="The arbitrator cannot be asked." error={error} onRetry={() => refetch()} />
  if (arbitration === undefined) return <Loading what="Asking for the arbitrator" rows={1} />
  if (arbitration === null)
    return phase === 'quiet' ? <FinalizeButton job={job}>Have the contract decide</FinalizeButton> : null
  const { arbitrator, cost, answers, decided, ruled } = arbitration
  return (
    <div className="grid gap-3">
      <p className="text-sm">
        <span className="text-quiet">Arbitrator</span> <Address hex={arbitrator} what="the arbitrator’s address" />
      </p>
      <ol aria-label="Answers to choose among" className="grid gap-1.5 text-sm">
        {answers.map((answer, index) => (
          <Choice key={answer.hash} answer={answer} number={index + 1} isRuled={answer.hash === ruled} />
        ))}
      </ol>
      {decided && !ruled && <p className="text-quiet text-sm">The arbitrator refused to rule.</p>}
      {phase === 'open' && (
        <TransactionButton
          send={(client, options) =>
            challengeJob(client, { ...options, deployment: network, order: job.order, bond: cost })
          }
        >
          {`Pay the arbitrator ${formatAmount(cost)}`}
        </TransactionButton>
      )}
      {(phase === 'quiet' || phase === 'lapsed' || (phase === 'defence' && decided)) && (
        <FinalizeButton job={job}>Have the contract decide</FinalizeButton>
      )}
    </div>
  )
}

function Choice({ answer, number, isRuled }: { answer: ArbitratedAnswer; number: number; isRuled: boolean }) {
  const count = answer.workers.length
  return (
    <li className="flex flex-wrap items-baseline gap-x-3">
      <span className="figures">
        {number}. {shortHex(answer.hash)}
      </span>
      <span className="text-quiet">{count === 1 ? 'one worker' : `${count} workers`}</span>
      {isRuled && <Badge kind="waiting">ruled right</Badge>}
    </li>
  )
}
