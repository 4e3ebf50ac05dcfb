'use client'
import { accessManagerAbi } from '@assay/sdk/abi/accessManager'
import { addressIn } from '@assay/sdk/deployment'
import { useQuery } from '@tanstack/react-query'
import { type Address as Account, encodeFunctionData, type Hex, parseAbi } from 'viem'
import { readContract } from 'viem/actions'
import { useMarket } from '../hooks/useNetwork'
import { Address } from './Address'
import { CopyHex } from './CopyHex'
import { Notice } from './Notice'

const ownerAccountAbi = parseAbi([
  'function threshold() view returns (uint64)',
  'function getSignerCount() view returns (uint256)',
  'function nonce() view returns (uint256)',
])

/** What the signers of the owner account have to sign for a call to be made; the page collects no signatures. */
export function OwnerCall({
  call,
  delaySeconds,
}: {
  call: { target: Account; data: Hex } | undefined
  delaySeconds: number
}) {
  const { network } = useMarket()
  const { data: owner } = useOwnerAccount()
  const ownerAccount = addressIn(network, 'ownerAccount')
  const signers = owner ? `${owner.threshold} of its ${owner.count} signers` : 'enough of its signers'
  return (
    <div className="grid gap-3">
      <Notice kind="plain">
        The owner account <Address hex={ownerAccount} what="the owner account’s address" /> holds this role. It acts
        when {signers} sign an <code className="figures">Execution</code> (EIP-712) of the call below
        {owner && <> under its nonce {owner.nonce.toString()}</>}; anyone may hand their signatures in with{' '}
        <code className="figures">execute</code>.
      </Notice>
      {call ? (
        <dl className="grid gap-2 text-sm" data-owner-call>
          <CallPart name="Contract to call" hex={addressIn(network, 'accessManager')} />
          <CallPart name="Call data" hex={managerCall(call, delaySeconds)} />
        </dl>
      ) : (
        <p className="text-quiet text-sm">Name another fee to see the call.</p>
      )}
    </div>
  )
}

function CallPart({ name, hex }: { name: string; hex: Hex }) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-4 border-line border-b pb-2">
      <dt className="text-quiet">{name}</dt>
      <dd>
        <CopyHex hex={hex} what={name.toLowerCase()} />
      </dd>
    </div>
  )
}

function managerCall({ target, data }: { target: Account; data: Hex }, delaySeconds: number): Hex {
  return delaySeconds === 0
    ? encodeFunctionData({ abi: accessManagerAbi, functionName: 'execute', args: [target, data] })
    : encodeFunctionData({ abi: accessManagerAbi, functionName: 'schedule', args: [target, data, 0] })
}

function useOwnerAccount() {
  const { network, client } = useMarket()
  return useQuery({
    queryKey: ['governance', 'owner'],
    queryFn: async () => {
      const contract = { address: addressIn(network, 'ownerAccount'), abi: ownerAccountAbi } as const
      const [threshold, count, nonce] = await Promise.all([
        readContract(client, { ...contract, functionName: 'threshold' }),
        readContract(client, { ...contract, functionName: 'getSignerCount' }),
        readContract(client, { ...contract, functionName: 'nonce' }),
      ])
      return { threshold, count, nonce }
    },
  })
}
