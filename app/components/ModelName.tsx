'use client'
import type { Hex } from 'viem'
import { useModel } from '../hooks/useModel'
import { shortHex, shortText } from '../shortText'
import { Link } from './Link'

/** A model by the name in its manifest, or by its id where that cannot be read; leads to its page. */
export function ModelName({ modelId }: { modelId: Hex }) {
  const { data } = useModel(modelId)
  return (
    <Link to="/model/" query={{ id: modelId }} className="hover:underline hover:underline-offset-4">
      {data ? shortText(data.manifest.name, 40) : <span className="figures">{shortHex(modelId)}</span>}
    </Link>
  )
}
