'use client'
import { useEffect, useState } from 'react'
import { shortHex } from '../shortText'

/** An address, id or hash, shortened, that copies itself whole when pressed. `what` names it for those who cannot see it. */
export function CopyHex({ hex, what }: { hex: string; what: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])

  return (
    <button
      type="button"
      title={hex}
      aria-label={`Copy ${what} ${shortHex(hex)}`}
      className="figures group -my-1 inline-flex items-center gap-1 whitespace-nowrap rounded-sm py-1 text-[0.8125rem] underline decoration-line underline-offset-4 hover:decoration-current"
      onClick={() =>
        navigator.clipboard.writeText(hex).then(
          () => setCopied(true),
          () => setCopied(false),
        )
      }
    >
      {shortHex(hex)}
      <svg
        viewBox="0 0 16 16"
        className="size-3.5 text-quiet group-hover:text-ink"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
      >
        {copied ? <path d="m3 8.5 3.5 3.5L13 4.5" /> : <path d="M5.5 5.5h7v8h-7zM3.5 10.5v-8h7" />}
      </svg>
      <span className="sr-only" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  )
}
