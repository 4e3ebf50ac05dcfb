'use client'
import type { WorkerStatus } from '@assay/sdk/readWorkerStatus'
import type { ReactNode } from 'react'
import { isHash } from 'viem'
import { declineTexts } from '../declineTexts'
import { formatCount } from '../formatCount'
import { formatDuration } from '../formatTime'
import { shortHex, shortText } from '../shortText'
import { Amount } from './Amount'
import { Badge } from './Badge'
import { Link } from './Link'
import { Message } from './Message'
import { ModelName } from './ModelName'
import { Stat, Stats } from './Stat'
import { Time } from './Time'

/** What a worker's machine says of itself. All of its texts are a stranger's. */
export function MachineReport({ status }: { status: WorkerStatus }) {
  const { ready, uptimeSeconds, sandbox, earned, account } = status
  return (
    <div className="grid gap-6" data-machine={ready ? 'ready' : 'not ready'}>
      <Stats>
        <Stat name="State" note={`up for ${formatDuration(uptimeSeconds)}`}>
          {ready ? <Badge>Ready</Badge> : <Badge kind="failed">Not ready</Badge>}
        </Stat>
        <Stat name="Sandbox" note={shortText(sandbox.detail, 120)}>
          {shortText(sandbox.rung, 24)}
        </Stat>
        <Stat
          name="Last 24 hours"
          note={earned.lastDay.jobs === 1 ? 'for 1 job' : `for ${formatCount(earned.lastDay.jobs)} jobs`}
        >
          <Amount wei={BigInt(earned.lastDay.wei)} />
        </Stat>
        {account && (
          <Stat name="For gas" note="with the signer">
            <Amount wei={BigInt(account.gasMoney)} className="max-sm:text-base" />
          </Stat>
        )}
      </Stats>
      <div className="grid gap-x-10 gap-y-6 md:grid-cols-2">
        <Dependencies dependencies={status.dependencies} />
        <div className="grid content-start gap-6">
          <Working working={status.working} />
          <Declined declined={status.declined} />
        </div>
      </div>
    </div>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid content-start gap-2">
      <h3 className="font-medium text-sm">{title}</h3>
      {children}
    </section>
  )
}

function Dependencies({ dependencies }: Pick<WorkerStatus, 'dependencies'>) {
  return (
    <Part title="What it depends on">
      <ul className="grid text-sm">
        {Object.entries(dependencies).map(([name, { ok, detail, since }]) => (
          <li key={name} className="grid gap-0.5 border-line border-b py-2 last:border-b-0" data-dependency={name}>
            <span className="flex flex-wrap items-baseline justify-between gap-x-3">
              <span className="font-medium">{shortText(name, 24)}</span>
              {ok ? <Badge>works</Badge> : <Badge kind="failed">does not work</Badge>}
            </span>
            <span className="text-quiet [overflow-wrap:anywhere]">
              <Message text={shortText(detail, 160)} />
              <Since moment={since} />
            </span>
          </li>
        ))}
      </ul>
    </Part>
  )
}

function Since({ moment }: { moment: string }) {
  const at = Date.parse(moment) / 1000
  if (!Number.isFinite(at)) return null
  return (
    <>
      , since <Time at={at} />
    </>
  )
}

function Declined({ declined }: Pick<WorkerStatus, 'declined'>) {
  const reasons = Object.entries(declined).sort(([, a], [, b]) => b - a)
  return (
    <Part title="Jobs it declined">
      {reasons.length === 0 ? (
        <p className="text-quiet text-sm">None.</p>
      ) : (
        <dl className="grid text-sm">
          {reasons.map(([reason, count]) => (
            <div
              key={reason}
              className="flex items-baseline justify-between gap-4 border-line border-b py-2 last:border-b-0"
            >
              <dt>{declineTexts.get(reason) ?? shortText(reason, 40)}</dt>
              <dd className="figures">{formatCount(count)}</dd>
            </div>
          ))}
        </dl>
      )}
    </Part>
  )
}

function Working({ working }: Pick<WorkerStatus, 'working'>) {
  return (
    <Part title="What it works on">
      {working.length === 0 ? (
        <p className="text-quiet text-sm">Nothing at the moment.</p>
      ) : (
        <ul className="grid text-sm">
          {working.map(({ jobId, modelId, stage, running, secondsLeft }) => (
            <li
              key={jobId}
              className="flex flex-wrap items-baseline gap-x-4 gap-y-1 border-line border-b py-2 last:border-b-0"
            >
              <Link
                to="/job/"
                query={{ id: jobId }}
                className="figures font-medium underline decoration-line underline-offset-4"
              >
                {shortHex(shortText(jobId, 66))}
              </Link>
              {isHash(modelId) && <ModelName modelId={modelId} />}
              <Badge kind="waiting">{`${shortText(stage, 24)}${running ? '' : ', waits'}`}</Badge>
              <span className="text-quiet">
                {secondsLeft === undefined
                  ? 'not claimed yet'
                  : secondsLeft < 0
                    ? `late by ${formatDuration(-secondsLeft)}`
                    : `${formatDuration(secondsLeft)} left`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  )
}
