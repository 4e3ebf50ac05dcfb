/** Bars where rows will be, and a word for those who cannot see them. `rows` is about how many are expected. */
export function Loading({ what, rows = 4 }: { what: string; rows?: number }) {
  return (
    <div role="status" className="grid gap-3 py-2">
      <span className="sr-only">{what}…</span>
      {Array.from({ length: rows }, (_, index) => (
        // Bars have no identity but their place.
        // biome-ignore lint/suspicious/noArrayIndexKey: as above.
        <span key={index} aria-hidden="true" className="block h-12 animate-waiting rounded-md bg-sunken" />
      ))}
    </div>
  )
}
