'use client'
import { useState } from 'react'

/** Code to copy, with the name of what it is for. */
export function SnippetBlock({ language, code }: { language: string; code: string }) {
  const [copied, setCopied] = useState(false)
  return (
    <figure className="grid min-w-0 overflow-hidden rounded-md border border-line bg-sunken">
      <figcaption className="flex items-center justify-between gap-3 border-line border-b px-3 py-1.5 text-quiet text-xs">
        {language}
        <button
          type="button"
          className="min-h-8 px-1 underline underline-offset-4 hover:text-ink"
          aria-label={`Copy the ${language} snippet`}
          onClick={() =>
            navigator.clipboard.writeText(code).then(
              () => setCopied(true),
              () => setCopied(false),
            )
          }
        >
          <span role="status">{copied ? 'Copied' : 'Copy'}</span>
        </button>
      </figcaption>
      {/* Wide code scrolls, which those without a mouse do with the arrow keys. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: as above. */}
      <pre tabIndex={0} className="figures overflow-x-auto p-3 text-[0.8125rem] leading-relaxed">
        <code>{code}</code>
      </pre>
    </figure>
  )
}
