'use client'
import { Address } from '../components/Address'
import { JobTable } from '../components/JobTable'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { Stat, Stats } from '../components/Stat'
import { useFee } from '../hooks/useFee'
import { useHead } from '../hooks/useLiveUpdates'
import { useMarket } from '../hooks/useNetwork'

/** The market as a whole: its chain, its contracts and what happens on them. */
export function NetworkView() {
  return (
    <Page title="Network" lead="The chain and contracts that this page reads, and what happens on them, as it happens.">
      <Overview />
      <Panel title="Newest jobs">
        <JobTable pageSize={10} />
      </Panel>
    </Page>
  )
}

function Overview() {
  const { network } = useMarket()
  const { data: head } = useHead()
  const { data: feeBps } = useFee()
  return (
    <Panel title={network.name}>
      <Stats>
        <Stat name="Chain">{network.chainId}</Stat>
        <Stat name="Newest block">{head === undefined ? '…' : head.toLocaleString('en')}</Stat>
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
              <dt className="text-quiet">{contract}</dt>
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
