'use client'
import { Address } from '../components/Address'
import { Amount } from '../components/Amount'
import { JobTable } from '../components/JobTable'
import { Link } from '../components/Link'
import { Loading } from '../components/Loading'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { Problem } from '../components/Problem'
import { SettledFeed } from '../components/SettledFeed'
import { Stat, Stats } from '../components/Stat'
import { Time } from '../components/Time'
import { formatCount } from '../formatCount'
import { useFee } from '../hooks/useFee'
import { liveStates, useJobs } from '../hooks/useJobs'
import { useHead } from '../hooks/useLiveUpdates'
import { useMarket } from '../hooks/useNetwork'
import { type NetworkStats, useNetworkStats } from '../hooks/useNetworkStats'

/** The market as a whole: what happens on it, as it happens, and the contracts that it happens on. */
export function NetworkView() {
  return (
    <Page title="Network" lead="What happens on the market, as it happens, and the contracts that it happens on.">
      <Activity />
    </Page>
  )
}

const liveFilter = { states: liveStates }
const liveShown = 10

/** All of it at once: what is read first would be pushed down by what is read after it. */
function Activity() {
  const { data: stats, error, refetch } = useNetworkStats()
  const { isPending } = useJobs(liveFilter, liveShown)
  if ((!stats && !error) || isPending) return <Loading what="Reading the market’s events" rows={14} />
  return (
    <>
      {stats ? (
        <>
          <Figures stats={stats} />
          <Panel title="Settled jobs">
            <SettledFeed jobs={stats.feed} />
          </Panel>
        </>
      ) : (
        <Problem what="The market’s events cannot be read." error={error} onRetry={() => refetch()} />
      )}
      <Panel title="Live jobs">
        <JobTable
          pageSize={liveShown}
          filter={liveFilter}
          empty={<p className="text-quiet text-sm">Every job is settled, refunded or cancelled at the moment.</p>}
        />
      </Panel>
      <Contracts />
    </>
  )
}

function Figures({ stats }: { stats: NetworkStats }) {
  const { figures, gas, since, blocks } = stats
  const { live, requested, settled, fillRate, volume, inTokens, workers, challenges, openChallenges } = figures
  return (
    <Panel title="Activity">
      <p className="-mt-2 text-quiet text-sm">
        Jobs that were requested in the last {formatCount(blocks)} blocks
        {since !== undefined && (
          <>
            , the first of them <Time at={since} />
          </>
        )}
        .
      </p>
      <Stats>
        <Stat name="Live jobs" note={`of ${formatCount(requested)} requested`}>
          <span data-figure="live">{formatCount(live)}</span>
        </Stat>
        <Stat
          name="Settled"
          note={fillRate === undefined ? 'none has ended yet' : `fill rate ${percent(fillRate)} of those that ended`}
        >
          <span data-figure="settled">{formatCount(settled)}</span>
        </Stat>
        <Stat name="Volume" note={inTokens > 0 ? `and ${formatCount(inTokens)} jobs in tokens` : 'paid for answers'}>
          <Amount wei={volume} />
        </Stat>
        <Stat name="Workers" note="claimed one of them">
          {formatCount(workers)}
        </Stat>
        <Stat name="Gas per job" note="from request to payment">
          {gas === undefined ? '–' : `${(Number(gas) / 1000).toFixed(0)}k`}
        </Stat>
        <Stat
          name="Disputes"
          note={
            <Link to="/disputes/" className="underline underline-offset-4">
              {challenges === 1 ? '1 challenge made' : `${formatCount(challenges)} challenges made`}
            </Link>
          }
        >
          {formatCount(openChallenges)} open
        </Stat>
      </Stats>
    </Panel>
  )
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share === 1 ? 0 : 1)} %`
}

/** `jobMarket` as people write it. */
function wordsOf(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function Contracts() {
  const { network } = useMarket()
  const { data: head } = useHead()
  const { data: feeBps } = useFee()
  return (
    <Panel title={network.name}>
      <Stats>
        <Stat name="Chain">{network.chainId}</Stat>
        <Stat name="Newest block">{head === undefined ? '…' : formatCount(head)}</Stat>
        <Stat name="Fee" note="of the price, on success">
          {feeBps === undefined ? '…' : `${feeBps / 100} %`}
        </Stat>
      </Stats>
      <dl className="grid gap-x-8 gap-y-2 text-sm sm:grid-cols-2">
        {Object.entries(network.addresses).flatMap(([contract, address]) =>
          address === undefined ? (
            []
          ) : (
            <div key={contract} className="flex items-baseline justify-between gap-4 border-line border-b pb-2">
              <dt className="text-quiet">{wordsOf(contract)}</dt>
              <dd>
                <Address hex={address} what={`the address of ${contract}`} />
              </dd>
            </div>
          ),
        )}
      </dl>
    </Panel>
  )
}
