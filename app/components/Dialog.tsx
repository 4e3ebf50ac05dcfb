'use client'
import { type ReactNode, useEffect, useId, useRef } from 'react'

/** A question in front of the page; Escape and the cross close it, and the focus goes back to where it was. */
export function Dialog({
  title,
  open,
  onClose,
  children,
}: {
  title: string
  open: boolean
  onClose: () => void
  children: ReactNode
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])

  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className="sheet w-[min(26rem,calc(100vw-2rem))] p-6 text-ink shadow-float"
      onClose={onClose}
    >
      <div className="flex items-start justify-between gap-4">
        <h2 id={id} className="font-semibold text-xl tracking-tight">
          {title}
        </h2>
        <button type="button" className="button-quiet -mt-1 -mr-1 size-10 p-0" aria-label="Close" onClick={onClose}>
          <svg viewBox="0 0 16 16" className="size-4" aria-hidden="true" stroke="currentColor" strokeWidth="1.75">
            <path d="m3 3 10 10M13 3 3 13" />
          </svg>
        </button>
      </div>
      {children}
    </dialog>
  )
}
