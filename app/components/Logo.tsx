/** The mark: a streak of metal on the touchstone, struck through by the assayer's tick. */
export function Logo() {
  return (
    <span className="inline-flex items-center gap-2.5">
      <svg viewBox="0 0 32 32" className="size-8" aria-hidden="true">
        <rect x="0.5" y="0.5" width="31" height="31" rx="7" className="fill-stone stroke-stone-line" />
        <path
          d="M6.5 17.5 13 24 25.5 8"
          fill="none"
          className="stroke-streak"
          strokeWidth="4"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      <span className="font-semibold text-lg tracking-tight">Assay</span>
    </span>
  )
}
