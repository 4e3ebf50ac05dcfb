'use client'
import { useMutation, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import type { Connector } from 'wagmi'
import { shortText } from '../shortText'
import type { WalletStore } from '../wallet'
import { Dialog } from './Dialog'
import { Loading } from './Loading'
import { Problem } from './Problem'

const PairingCode = lazy(async () => ({ default: (await import('./PairingCode')).PairingCode }))

/**
 * Lists the wallets that announced themselves (EIP-6963), on a local chain the development wallet, and where the network has a relay
 * the way to wallets on other devices.
 */
export function ConnectDialog({ store, onClose }: { store: WalletStore; onClose: () => void }) {
  const [pairing, setPairing] = useState<string>()
  const { data: connectors, error: loadError } = useQuery({
    queryKey: ['wallets'],
    queryFn: store.wallets,
    staleTime: 0,
  })
  const {
    mutate: connect,
    isPending,
    variables,
    error,
  } = useMutation({ mutationFn: connectAndShow, onSuccess: onClose, onSettled: () => setPairing(undefined) })
  const development = connectors?.filter(({ type }) => type === 'development') ?? []
  const elsewhere = connectors?.filter(({ type }) => type === 'walletConnect') ?? []
  const announced = connectors?.filter(({ type }) => type !== 'development' && type !== 'walletConnect') ?? []

  /** Connects, and shows the link that a wallet on another device has to open meanwhile. */
  async function connectAndShow(connector: Connector): Promise<void> {
    const show = ({ type, data }: { type: string; data?: unknown }) => {
      if (type === 'display_uri' && typeof data === 'string') setPairing(data)
    }
    connector.emitter.on('message', show)
    try {
      await store.connect(connector)
    } finally {
      connector.emitter.off('message', show)
    }
  }

  const row = (connector: Connector, note: string) => {
    const waiting = isPending && variables === connector
    return (
      <li key={connector.uid}>
        <button
          type="button"
          disabled={isPending}
          className="flex min-h-14 w-full items-center gap-3 rounded-md border border-line px-4 py-2.5 text-left hover:border-edge hover:bg-sunken disabled:opacity-60"
          onClick={() => connect(connector)}
        >
          <WalletIcon icon={connector.icon} />
          <span>
            <span className="block font-medium">{shortText(connector.name, 40)}</span>
            <span className="block text-quiet text-sm">{waiting ? 'Confirm in the wallet…' : note}</span>
          </span>
        </button>
      </li>
    )
  }

  return (
    <Dialog title="Connect a wallet" open onClose={onClose}>
      <p className="mt-1 mb-4 text-quiet text-sm leading-relaxed">
        A wallet holds your money and asks you before anything is paid.
      </p>
      {!connectors && !loadError && <Loading what="Looking for wallets" rows={1} />}
      <ul className="grid gap-2">
        {development.map((connector) => row(connector, 'One click, test money, this local chain only'))}
        {announced.map((connector) => row(connector, 'Found in this browser'))}
        {elsewhere.map((connector) => row(connector, 'A wallet on your phone or another device'))}
      </ul>
      {pairing !== undefined && (
        <Suspense fallback={<Loading what="Drawing the code" rows={2} />}>
          <PairingCode uri={pairing} />
        </Suspense>
      )}
      {connectors && announced.length === 0 && (
        <p className="mt-3 text-quiet text-sm leading-relaxed">
          {development.length + elsewhere.length > 0
            ? 'Wallets installed in this browser would be listed here too.'
            : 'No wallet was found in this browser. Install one that supports EIP-6963, then reload this page.'}
        </p>
      )}
      {(error ?? loadError) && (
        <div className="mt-4">
          <Problem error={error ?? loadError} />
        </div>
      )}
    </Dialog>
  )
}

/** Wallets announce icons as data URIs; anything else would be a request to a stranger and is not shown. */
function WalletIcon({ icon }: { icon: string | undefined }) {
  if (icon?.startsWith('data:image/')) {
    // biome-ignore lint/performance/noImgElement: a data URI gains nothing from Next.js's image service.
    return <img src={icon} alt="" className="size-9 rounded-sm" />
  }
  return (
    <span className="grid size-9 place-items-center rounded-sm bg-stone text-streak">
      <svg
        viewBox="0 0 20 20"
        className="size-5"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
      >
        <path d="M3 6.5h12.5a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15zm0 0A1.5 1.5 0 0 1 4.5 5L14 3.5v3M13 11.5h1" />
      </svg>
    </span>
  )
}
