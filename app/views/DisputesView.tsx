'use client'
import { lazy, Suspense, useMemo } from 'react'
import { Address } from '../components/Address'
import { Badge, type BadgeKind } from '../components/Badge'
import { Button } from '../components/Button'
import { DisputeList } from '../components/DisputeList'
import { Empty } from '../components/Empty'
import { Link } from '../components/Link'
import { Loading } from '../components/Loading'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { Problem } from '../components/Problem'
import { type Column, Table } from '../components/Table'
import { Time } from '../components/Time'
import { type DecidedDispute, type Decision, decidedDisputes } from '../decidedDisputes'
import { type DisputePage, useDisputes } from '../hooks/useDisputes'
import { useMarket } from '../hooks/useNetwork'
import { shortHex } from '../shortText'

// What sends is loaded after what is read.
const Credit = lazy(async () => ({ default: (await import('../components/Credit')).Credit }))

/** Answers that came without a proof: those under challenge, those that can be challenged, and what was decided. */
export function DisputesView() {
  return (
    <Page
      title="Disputes"
      lead="Answers without a proof can be challenged before they are paid. Whoever is wrong loses a bond: the worker the one it put up for the job, the challenger the one of the challenge."
    >
      <Disputes />
    </Page>
  )
}

function Disputes() {
  const { network } = useMarket()
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useDisputes()
  if (error && !data) return <Problem what="The disputes cannot be read." error={error} onRetry={() => refetch()} />
  if (!data) return <Loading what="Reading the chain" />
  const { optimisticAssurance, quorumAssurance } = network.addresses
  return (
    <>
      <Suspense>
        {optimisticAssurance && <Credit assurance={optimisticAssurance} />}
        {quorumAssurance && <Credit assurance={quorumAssurance} />}
      </Suspense>
      <Lists pages={data.pages} />
      {hasNextPage && (
        <Button pending={isFetchingNextPage ? 'Reading older blocks…' : undefined} onClick={() => fetchNextPage()}>
          Look further back
        </Button>
      )}
    </>
  )
}

function Lists({ pages }: { pages: readonly DisputePage[] }) {
  const pending = useMemo(() => {
    const all = pages.flatMap((page) => page.pending)
    return all.filter(({ jobId }, index) => all.findIndex((job) => job.jobId === jobId) === index)
  }, [pages])
  const decided = useMemo(() => {
    const times = new Map(pages.flatMap((page) => [...page.times]))
    const states = new Map(pages.flatMap((page) => [...page.states]))
    const marks = pages.flatMap((page) => page.marks)
    return decidedDisputes(marks, states).map((dispute) => ({ ...dispute, at: times.get(dispute.block) }))
  }, [pages])
  const challenged = pending.filter(({ state }) => state === 'Challenged')
  const answered = pending.filter(({ state }) => state === 'Answered')

  if (pending.length === 0 && decided.length === 0) {
    return (
      <Empty
        title="Nothing is in dispute"
        action={
          <Link to="/jobs/" className="button-quiet">
            See all jobs
          </Link>
        }
      >
        Those of the assurances optimistic, audit and quorum stand here until they are decided. A proof leaves nothing
        to argue about.
      </Empty>
    )
  }
  return (
    <>
      <Panel title={`Under challenge: ${challenged.length}`}>
        {challenged.length > 0 ? (
          <DisputeList jobs={challenged} />
        ) : (
          <p className="text-quiet text-sm">No answer is challenged at the moment.</p>
        )}
      </Panel>
      <Panel title={`Not yet final: ${answered.length}`}>
        <p className="max-w-[62ch] text-quiet text-sm leading-relaxed">
          A job’s page shows the question and the answer, and runs the model in your browser: compare the two before you
          put up a bond.
        </p>
        {answered.length > 0 ? (
          <DisputeList jobs={answered} />
        ) : (
          <p className="text-quiet text-sm">No answer waits for a challenge or for its payment.</p>
        )}
      </Panel>
      {decided.length > 0 && (
        <Panel title="Decided">
          <Table
            label="Decided disputes"
            columns={columns}
            rows={decided}
            keyOf={({ jobId, block }) => `${jobId}:${block}`}
          />
        </Panel>
      )}
    </>
  )
}

const decisions: Record<Decision, { kind: BadgeKind; name: string }> = {
  stood: { kind: 'proved', name: 'The answer stood' },
  overturned: { kind: 'failed', name: 'The answer fell' },
  'given up': { kind: 'plain', name: 'Refunded undecided' },
}

const columns: readonly Column<DecidedDispute & { at: number | undefined }>[] = [
  {
    name: 'Job',
    cell: ({ jobId }) => (
      <Link
        to="/job/"
        query={{ id: jobId }}
        className="figures font-medium underline decoration-line underline-offset-4"
      >
        {shortHex(jobId)}
      </Link>
    ),
  },
  {
    name: 'Decision',
    cell: ({ decision }) => <Badge kind={decisions[decision].kind}>{decisions[decision].name}</Badge>,
  },
  {
    name: 'Challenger',
    cell: ({ challenger }) => <Address hex={challenger} what="the challenger’s address" />,
  },
  { name: 'Challenged', end: true, cell: ({ at }) => at !== undefined && <Time at={at} /> },
]
