'use client'
import { executeOperation } from '@assay/sdk/executeOperation'
import { scheduleOperation } from '@assay/sdk/scheduleOperation'
import type { Address, Hex } from 'viem'
import { useMarket } from '../hooks/useNetwork'
import { TransactionButton } from './TransactionButton'

/** Makes a call that a role of the connected account may make: at once where the role has no delay, else by scheduling it. */
export function RoleCallButton({
  delaySeconds,
  call: { target, data },
  names,
  blocked,
  onMined,
}: {
  delaySeconds: number
  call: { target: Address; data: Hex }
  /** What the button says in each case. */
  names: { atOnce: string; later: string }
  blocked?: string | undefined
  onMined?: () => void
}) {
  const { network } = useMarket()
  const act = delaySeconds === 0 ? executeOperation : scheduleOperation
  return (
    <TransactionButton
      blocked={blocked}
      send={(client, options) => act(client, { ...options, deployment: network, target, data })}
      {...(onMined && { onMined })}
    >
      {delaySeconds === 0 ? names.atOnce : names.later}
    </TransactionButton>
  )
}
