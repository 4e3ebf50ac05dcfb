'use client'
import { use } from 'react'
import { MarketProvider } from '../hooks/useNetwork'
import { CopyHex } from './CopyHex'

/**
 * An account or a transaction, shortened; pressing copies it whole, and the arrow opens the network's explorer where it has one.
 * @param what names it for those who cannot see it, such as "the worker's address"
 */
export function Address({ hex, what, kind = 'address' }: { hex: string; what: string; kind?: 'address' | 'tx' }) {
  const explorerUrl = use(MarketProvider)?.network.explorerUrl
  if (explorerUrl === undefined) return <CopyHex hex={hex} what={what} />
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap">
      <CopyHex hex={hex} what={what} />
      <a href={`${explorerUrl}/${kind}/${hex}`} target="_blank" rel="noreferrer" className="text-quiet hover:text-ink">
        <svg
          viewBox="0 0 16 16"
          className="size-3.5"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          aria-hidden="true"
        >
          <path d="M6 4H3.5v8.5H12V10M8.5 3.5h4v4m0-4L7.5 8.5" />
        </svg>
        <span className="sr-only">Open {what} in the explorer</span>
      </a>
    </span>
  )
}
