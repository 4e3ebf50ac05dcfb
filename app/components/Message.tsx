import { shortHex } from '../shortText'

/** A sentence for people with `commands` set as code and long ids shortened; an id is whole in its tooltip. */
export function Message({ text }: { text: string }) {
  const parts = text.split(/(`[^`]+`|0x[0-9a-fA-F]{16,}|\bb[a-z2-7]{58}\b)/)
  return parts.map((part, index) => {
    // The parts of a sentence have no identity but their place.
    const key = index
    if (part.startsWith('`')) {
      return (
        <code key={key} className="figures">
          {part.slice(1, -1)}
        </code>
      )
    }
    if (!/^(0x|b[a-z2-7]{58}$)/.test(part)) return part
    return (
      <span key={key} className="figures" title={part}>
        {shortHex(part)}
      </span>
    )
  })
}
