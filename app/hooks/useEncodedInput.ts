import type { EncodedInput } from '@assay/sdk/encodeInput'
import type { ManifestInput } from '@assay/sdk/manifest'
import { useEffect, useState } from 'react'

/** The model's exact input for an image, and the same as shades from 0 to 1. */
export type ModelInput = { encoded: EncodedInput; shades: Float32Array }

/** Encodes an image for a model as it is drawn. Undefined without an image, and until the first encoding is there. */
export function useEncodedInput(
  input: ManifestInput | undefined,
  pixels: Float32Array | undefined,
): ModelInput | undefined {
  const [result, setResult] = useState<ModelInput & { pixels: Float32Array }>()

  useEffect(() => {
    if (!input || !pixels) {
      setResult(undefined)
      return
    }
    let stale = false
    const encode = async () => {
      const { encodeInput } = await import('@assay/sdk/encodeInput')
      if (stale) return
      const encoded = await encodeInput(input, pixels)
      const shades = Float32Array.from(encoded.values, (value) => (value - input.lo) / (2 ** input.bits - 1))
      if (!stale) setResult({ encoded, shades, pixels })
    }
    void encode()
    return () => {
      stale = true
    }
  }, [input, pixels])

  return result
}
