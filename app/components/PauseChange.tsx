'use client'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { encodeFunctionData, parseAbi } from 'viem'
import type { RoleHolder } from '../hooks/useGovernance'
import { useMarket } from '../hooks/useNetwork'
import { RoleCallButton } from './RoleCallButton'

const pauseSwitchAbi = parseAbi(['function pauseMarket()'])

/** Stops new orders and claims, or lets them go on: for the holders of those powers. */
export function PauseChange({
  paused,
  pauser,
  guardian,
}: {
  paused: boolean
  pauser: RoleHolder | undefined
  guardian: RoleHolder | undefined
}) {
  const { jobMarket, pauseSwitch } = useMarket().network.addresses
  const setPaused = (value: boolean) => ({
    target: jobMarket,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'setPaused', args: [value] }),
  })
  return (
    <div className="grid max-w-xl gap-4">
      <p className="text-quiet text-sm leading-relaxed">
        A pause stops new orders and new claims. Jobs under way are answered and paid, and everybody can withdraw.
      </p>
      {!paused && guardian && pauseSwitch ? (
        <RoleCallButton
          delaySeconds={guardian.delaySeconds}
          call={{ target: pauseSwitch, data: encodeFunctionData({ abi: pauseSwitchAbi, functionName: 'pauseMarket' }) }}
          names={{ atOnce: 'Pause the market now', later: 'Schedule a pause' }}
        />
      ) : (
        !paused &&
        pauser && (
          <RoleCallButton
            delaySeconds={pauser.delaySeconds}
            call={setPaused(true)}
            names={{ atOnce: 'Pause the market now', later: 'Schedule a pause' }}
          />
        )
      )}
      {paused && pauser && (
        <RoleCallButton
          delaySeconds={pauser.delaySeconds}
          call={setPaused(false)}
          names={{ atOnce: 'End the pause', later: 'Schedule the end of the pause' }}
        />
      )}
      {paused && !pauser && (
        <p className="text-sm">Your account can pause the market; ending a pause is up to others.</p>
      )}
    </div>
  )
}
