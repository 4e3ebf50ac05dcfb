import { Address } from './Address'
import { Time } from './Time'

/** One stage of a job. `at` is unix seconds. */
export type Stage = {
  name: string
  state: 'done' | 'current' | 'ahead' | 'failed'
  text: string
  at?: number | undefined
  transactionHash?: string | undefined
}

const announcements = { done: 'done', current: 'under way', ahead: 'to come', failed: 'ended here' } as const

/** The life of a job from top to bottom. What changes is read out as it happens. */
export function JobStages({ stages }: { stages: readonly Stage[] }) {
  const latest = stages.findLast((stage) => stage.state !== 'ahead')
  return (
    <>
      <p className="sr-only" role="status">
        {latest ? `${latest.name}: ${announcements[latest.state]}` : ''}
      </p>
      <ol className="grid">
        {stages.map((stage, index) => (
          <li
            key={stage.name}
            data-stage={stage.name}
            data-state={stage.state}
            className="relative grid grid-cols-[20px_1fr] gap-x-4 pb-6 last:pb-0"
          >
            {index < stages.length - 1 && <Thread filled={stages[index + 1]?.state !== 'ahead'} />}
            <Dot state={stage.state} />
            <div className="min-w-0">
              <div className="flex flex-wrap items-baseline justify-between gap-x-4">
                <h2 className={`font-semibold leading-5 ${stage.state === 'ahead' ? 'text-quiet' : ''}`}>
                  {stage.name}
                </h2>
                {stage.at !== undefined && (
                  <span className="text-quiet text-sm">
                    <Time at={stage.at} />
                  </span>
                )}
              </div>
              <p className="mt-1 text-quiet text-sm leading-relaxed">{stage.text}</p>
              {stage.transactionHash && (
                <p className="mt-1 text-quiet text-sm">
                  Transaction <Address hex={stage.transactionHash} kind="tx" what="transaction hash" />
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </>
  )
}

/** The line to the next stage; it fills when that stage begins. */
function Thread({ filled }: { filled: boolean }) {
  return (
    <span className="absolute top-6 bottom-0 left-[9px] w-0.5 overflow-hidden rounded-full bg-line" aria-hidden="true">
      <span
        className={`block size-full origin-top bg-brass-fill transition-transform duration-700 ${filled ? 'scale-y-100' : 'scale-y-0'}`}
      />
    </span>
  )
}

function Dot({ state }: { state: Stage['state'] }) {
  return (
    <svg viewBox="0 0 20 20" className="size-5" fill="none" aria-hidden="true">
      {state === 'ahead' && <circle cx="10" cy="10" r="5.5" className="stroke-edge" strokeWidth="1.5" />}
      {state === 'current' && (
        <>
          <circle cx="10" cy="10" r="9" className="animate-waiting stroke-brass-fill" strokeWidth="1.5" />
          <circle cx="10" cy="10" r="5.5" className="fill-brass-fill" />
        </>
      )}
      {state === 'done' && (
        <>
          <circle cx="10" cy="10" r="9" className="fill-brass-fill" />
          <path
            d="m6 10.5 2.8 2.8L14 7.2"
            stroke="#14191b"
            strokeWidth="2"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </>
      )}
      {state === 'failed' && (
        <>
          <circle cx="10" cy="10" r="8.25" className="stroke-failed" strokeWidth="1.5" />
          <path d="m7 7 6 6m0-6-6 6" className="stroke-failed" strokeWidth="1.75" strokeLinecap="round" />
        </>
      )}
    </svg>
  )
}
