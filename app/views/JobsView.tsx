'use client'
import { jobStates } from '@assay/sdk/getJob'
import { useId } from 'react'
import { isAddress, isHash } from 'viem'
import { Empty } from '../components/Empty'
import { JobTable } from '../components/JobTable'
import { Link } from '../components/Link'
import { ModelName } from '../components/ModelName'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { liveStates } from '../hooks/useJobs'
import { openPage, useRoute } from '../hooks/useRoute'
import { useWalletState } from '../hooks/useWallet'

/** What a list by state offers: any state of a job, or all in which somebody still has to act. */
const choices = ['live', ...jobStates.filter((state) => state !== 'None')] as const

/** Every job of the market, newest first; `?requester=`, `?model=` and `?state=` say which of them. */
export function JobsView() {
  const { query } = useRoute()
  const wallet = useWalletState()
  const asked = Object.fromEntries(query)
  const requester =
    asked.requester !== undefined && isAddress(asked.requester, { strict: false }) ? asked.requester : undefined
  const modelId = asked.model !== undefined && isHash(asked.model) ? asked.model : undefined
  const state = choices.find((choice) => choice === asked.state)
  const own = wallet.status === 'connected' ? wallet.address : undefined
  const isFiltered = requester !== undefined || modelId !== undefined || state !== undefined
  const choose = (change: Record<string, string | undefined>) => {
    const entries = Object.entries({ requester, model: modelId, state, ...change })
    const kept = entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
    openPage({ to: '/jobs/', query: Object.fromEntries(kept) })
  }
  const isOwn = own !== undefined && requester?.toLowerCase() === own.toLowerCase()

  return (
    <Page
      title="Jobs"
      lead={
        requester
          ? 'What one account asked, newest first.'
          : 'What everybody asked, newest first. A job’s page shows its answer, who was paid, and lets you check it.'
      }
      actions={
        isFiltered && (
          <Link to="/jobs/" className="button-quiet">
            All jobs
          </Link>
        )
      }
    >
      <Panel>
        <div className="flex flex-wrap items-end gap-3">
          <StateChoice state={state} onChoose={(chosen) => choose({ state: chosen })} />
          {own && (
            <button
              type="button"
              className="button-quiet min-h-11 aria-pressed:border-brass aria-pressed:text-brass"
              aria-pressed={isOwn}
              onClick={() => choose({ requester: isOwn ? undefined : own })}
            >
              Only mine
            </button>
          )}
          {modelId && (
            <p className="flex min-h-11 items-center gap-2 text-sm">
              <span className="text-quiet">of</span> <ModelName modelId={modelId} />
            </p>
          )}
        </div>
        <JobTable
          pageSize={20}
          pageable
          filter={{ requester, modelId, states: state === 'live' ? liveStates : state && [state] }}
          {...(isFiltered && { empty: <NoneSuch /> })}
        />
      </Panel>
    </Page>
  )
}

type Choice = (typeof choices)[number]

function StateChoice({
  state,
  onChoose,
}: {
  state: Choice | undefined
  onChoose: (state: Choice | undefined) => void
}) {
  const id = useId()
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        State
      </label>
      <select
        id={id}
        value={state ?? ''}
        className="min-h-11 rounded-md border border-edge bg-ground px-3 text-sm"
        onChange={(event) => onChoose(choices.find((choice) => choice === event.target.value))}
      >
        <option value="">Any</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice === 'live' ? 'Live (not ended)' : choice}
          </option>
        ))}
      </select>
    </div>
  )
}

function NoneSuch() {
  return (
    <Empty
      title="No job is like that"
      action={
        <Link to="/jobs/" className="button-quiet">
          All jobs
        </Link>
      }
    >
      None of the market’s jobs has this state, model and requester.
    </Empty>
  )
}
