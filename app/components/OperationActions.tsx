'use client'
import { cancelOperation } from '@assay/sdk/cancelOperation'
import { executeOperation } from '@assay/sdk/executeOperation'
import { isAddressEqual } from 'viem'
import type { Roles } from '../hooks/useGovernance'
import { useMarket } from '../hooks/useNetwork'
import { useWallet } from '../hooks/useWallet'
import type { Operation } from '../operations'
import { mayCancel } from '../roleAccess'
import { TransactionButton } from './TransactionButton'

/** What the connected account can do with a scheduled call: carry it out when it is due and its own, cancel it. Nothing for all others. */
export function OperationActions({ operation, roles, now }: { operation: Operation; roles: Roles; now: number }) {
  const { network } = useMarket()
  const { address } = useWallet()
  if (address === undefined) return null
  const { caller, target, data, status } = operation
  const isDue = status === 'ready' && isAddressEqual(address, caller)
  const isCancellable = mayCancel({ account: address, operation, roles, network, now })
  if (!isDue && !isCancellable) return null
  return (
    <div className="flex flex-wrap items-start gap-3">
      {isDue && (
        <TransactionButton
          kind="main"
          send={(client, options) => executeOperation(client, { ...options, deployment: network, target, data })}
        >
          Carry it out
        </TransactionButton>
      )}
      {isCancellable && (
        <TransactionButton
          send={(client, options) => cancelOperation(client, { ...options, deployment: network, caller, target, data })}
        >
          Cancel it
        </TransactionButton>
      )}
    </div>
  )
}
