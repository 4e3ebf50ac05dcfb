import type { ReactNode } from 'react'

type ButtonProps = {
  kind?: 'main' | 'quiet'
  /** What is going on while the press is worked off; the button cannot be pressed meanwhile. */
  pending?: string | undefined
  disabled?: boolean
  wide?: boolean
  onClick?: (() => void) | undefined
  children: ReactNode
}

/** A button; one `main` on a page at most. */
export function Button({ kind = 'quiet', pending, disabled = false, wide = false, onClick, children }: ButtonProps) {
  return (
    <button
      type="button"
      className={`${kind === 'main' ? 'button-main' : 'button-quiet'} ${wide ? 'w-full' : 'justify-self-start'}`}
      disabled={disabled || pending !== undefined}
      aria-busy={pending !== undefined}
      onClick={onClick}
    >
      {pending ?? children}
    </button>
  )
}
