import type { EncodedInput } from '@assay/sdk/encodeInput'
import type { ManifestInput } from '@assay/sdk/manifest'
import { useEffect, useState } from 'react'

/** The model's exact input for an image, and the same as shades from 0 to 1. */
export type ModelInput = { encoded: EncodedInput; shades: Float32Array }

/** Encodes an image for a model as it is drawn. Without a `result` there is no image, or its first encoding is on its way. */
export function useEncodedInput(input: ManifestInput | undefined, pixels: Float32Array | undefined) {
  const [state, setState] = useState<{ result?: ModelInput; error?: unknown }>({})

  useEffect(() => {
    if (!input || !pixels) {
      setState({})
      return
    }
    let stale = false
    const encode = async (): Promise<ModelInput> => {
      const { encodeInput } = await import('@assay/sdk/encodeInput')
      const encoded = await encodeInput(input, pixels)
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
  }, [input, pixels])

  return state
}
