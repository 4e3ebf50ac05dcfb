import { digestToCid, fetchContent } from '@assay/sdk/content'
import { countOf, type ManifestInput } from '@assay/sdk/manifest'
import type { JobOrder } from '@assay/sdk/order'
import { useQuery } from '@tanstack/react-query'
import { useMarket } from './useNetwork'

/** The image that a job asked about, as values from 0 to 1; its bytes are checked against the CID in the order. */
export function useJobInput(order: JobOrder | undefined, input: ManifestInput | undefined) {
  const { network } = useMarket()
  return useQuery({
    queryKey: ['input', order?.inputCid],
    enabled: order !== undefined && input?.kind === 'image',
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      if (!order || !input) throw new Error('No input is named.')
      const byteLength = countOf(input.shape) * input.width
      const cid = digestToCid(order.inputCid, byteLength)
      return toShades(await fetchContent({ gatewayUrl: network.gatewayUrl, cid, maxBytes: byteLength }, signal), input)
    },
  })
}

/** Tensor bytes (TRACE.md §2, little-endian) as shares of the input's range. */
function toShades(bytes: Uint8Array, { lo, bits, width }: ManifestInput): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = {
    1: (at: number) => view.getInt8(at),
    2: (at: number) => view.getInt16(at, true),
    4: (at: number) => view.getInt32(at, true),
  }[width]
  return Float32Array.from({ length: bytes.length / width }, (_, index) => (read(index * width) - lo) / (2 ** bits - 1))
}
