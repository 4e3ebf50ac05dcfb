'use client'
import { useEffect, useRef } from 'react'
import { type Connector, useConnect, useConnectors } from 'wagmi'
import { explainError } from '../explainError'
import { Message } from './Message'
import { Notice } from './Notice'

/** Lists the wallets that announced themselves (EIP-6963) and, on a local chain, the development wallet. */
export function ConnectDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const connectors = useConnectors()
  const { mutate: connect, isPending, variables, error, reset } = useConnect()
  const development = connectors.filter((connector) => connector.type === 'development')
  const announced = connectors.filter((connector) => connector.type !== 'development')

  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])

  const row = (connector: Connector, note: string) => {
    const waiting = isPending && variables?.connector === connector
    return (
      <li key={connector.uid}>
        <button
          type="button"
          disabled={isPending}
          className="flex min-h-14 w-full items-center gap-3 rounded-md border border-line px-4 py-2.5 text-left hover:border-edge hover:bg-sunken disabled:opacity-60"
          onClick={() => connect({ connector }, { onSuccess: onClose })}
        >
          <WalletIcon icon={connector.icon} />
          <span>
            <span className="block font-medium">{connector.name.slice(0, 40)}</span>
            <span className="block text-quiet text-sm">{waiting ? 'Confirm in the wallet…' : note}</span>
          </span>
        </button>
      </li>
    )
  }

  return (
    <dialog
      ref={dialog}
      aria-labelledby="connect-title"
      className="sheet w-[min(26rem,calc(100vw-2rem))] p-6 text-ink"
      onClose={() => {
        reset()
        onClose()
      }}
    >
      <div className="flex items-start justify-between gap-4">
        <h2 id="connect-title" className="font-semibold text-xl tracking-tight">
          Connect a wallet
        </h2>
        <button type="button" className="button-quiet -mt-1 -mr-1 size-10 p-0" aria-label="Close" onClick={onClose}>
          <svg viewBox="0 0 16 16" className="size-4" aria-hidden="true" stroke="currentColor" strokeWidth="1.75">
            <path d="m3 3 10 10M13 3 3 13" />
          </svg>
        </button>
      </div>
      <p className="mt-1 mb-4 text-quiet text-sm leading-relaxed">
        A wallet holds your money and asks you before anything is paid.
      </p>
      <ul className="grid gap-2">
        {development.map((connector) => row(connector, 'One click, test money, this local chain only'))}
        {announced.map((connector) => row(connector, 'Found in this browser'))}
      </ul>
      {announced.length === 0 && (
        <p className="mt-3 text-quiet text-sm leading-relaxed">
          {development.length > 0
            ? 'Wallets installed in this browser would be listed here too.'
            : 'No wallet was found in this browser. Install one that supports EIP-6963, then reload this page.'}
        </p>
      )}
      {error && (
        <div className="mt-4">
          <Notice kind="failed">
            <Message text={explainError(error)} />
          </Notice>
        </div>
      )}
    </dialog>
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
