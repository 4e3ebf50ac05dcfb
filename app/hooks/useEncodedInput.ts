import type { EncodedInput } from '@assay/sdk/encodeInput'
import type { ManifestInput } from '@assay/sdk/manifest'
import type { InputSource } from '@assay/sdk/readInput'
import { useEffect, useState } from 'react'

/** A model's exact input, and the same as shades of the model's range from 0 to 1. */
export type ModelInput = { encoded: EncodedInput; shades: Float32Array }

/** Encodes what is asked as it is drawn or typed. Without a `result` there is nothing yet, or its first encoding is on its way. */
export function useEncodedInput(input: ManifestInput | undefined, source: InputSource | undefined) {
  const [state, setState] = useState<{ result?: ModelInput; error?: unknown }>({})

  useEffect(() => {
    if (!input || !source) {
      setState({})
      return
    }
    let stale = false
    const encode = async (): Promise<ModelInput> => {
      const { encodeInput } = await import('@assay/sdk/encodeInput')
      const encoded = await encodeInput(input, source)
      const shades = Float32Array.from(encoded.values, (value) => (value - input.lo) / (2 ** input.bits - 1))
      return { encoded, shades }
    }
    encode().then(
      (result) => stale || setState({ result }),
      (error: unknown) => stale || setState({ error }),
    )
    return () => {
      stale = true
    }
  }, [input, source])

  return state
}
