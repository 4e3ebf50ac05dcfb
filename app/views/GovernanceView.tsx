'use client'
import { Address } from '../components/Address'
import { Empty } from '../components/Empty'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { Stat, Stats } from '../components/Stat'
import { useFee } from '../hooks/useFee'
import { useMarket } from '../hooks/useNetwork'

/** What the owner of the market may change, and what it is now. */
export function GovernanceView() {
  return (
    <Page
      title="Governance"
      lead="The owner’s powers are few, time-locked and capped. Nobody can upgrade the contracts or take escrowed money."
    >
      <Powers />
    </Page>
  )
}

function Powers() {
  const { network } = useMarket()
  const { data: feeBps } = useFee()
  const { accessManager, ownerAccount, pauseSwitch } = network.addresses
  const holders = [
    ['Access manager', 'says who holds which role', accessManager],
    ['Owner', 'proposes changes, which wait in the timelock', ownerAccount],
    ['Pause switch', 'stops new orders and claims, never an exit', pauseSwitch],
  ] as const
  return (
    <div className="grid gap-4">
      <Panel title="Fee">
        <Stats>
          <Stat name="Now" note="of the price, on success">
            {feeBps === undefined ? '…' : `${feeBps / 100} %`}
          </Stat>
          <Stat name="Cap" note="written into the contract">
            5 %
          </Stat>
        </Stats>
      </Panel>
      <Panel title="Contracts that govern">
        {holders.every(([, , address]) => address === undefined) && (
          <Empty title="This network’s file names no contract that governs" />
        )}
        <dl className="grid gap-3 text-sm">
          {holders.map(
            ([name, why, address]) =>
              address && (
                <div
                  key={name}
                  className="flex flex-wrap items-baseline justify-between gap-x-4 border-line border-b pb-3"
                >
                  <dt>
                    <span className="font-medium">{name}</span> <span className="text-quiet">{why}</span>
                  </dt>
                  <dd>
                    <Address hex={address} what={`the address of the ${name.toLowerCase()}`} />
                  </dd>
                </div>
              ),
          )}
        </dl>
      </Panel>
    </div>
  )
}
