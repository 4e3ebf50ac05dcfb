import { digestToCid, fetchContent } from '@assay/sdk/content'
import { countOf, type ManifestInput } from '@assay/sdk/manifest'
import type { JobOrder } from '@assay/sdk/order'
import { useQuery } from '@tanstack/react-query'
import { useMarket } from './useNetwork'

/** What a job asked about: its values as shares of the model's range, from 0 to 1, and as the real values that they stand for. */
export type JobInput = { cid: string; shades: Float32Array; reals: number[] }

/** The input of a job; its bytes are checked against the CID in the order. */
export function useJobInput(order: JobOrder | undefined, input: ManifestInput | undefined) {
  const { network } = useMarket()
  return useQuery({
    queryKey: ['input', order?.inputCid],
    enabled: order !== undefined && input !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }): Promise<JobInput> => {
      if (!order || !input) throw new Error('No input is named.')
      const byteLength = countOf(input.shape) * input.width
      const cid = digestToCid(order.inputCid, byteLength)
      const bytes = await fetchContent({ gatewayUrl: network.gatewayUrl, cid, maxBytes: byteLength }, signal)
      return { cid, ...decode(bytes, input) }
    },
  })
}

/** Tensor bytes (TRACE.md §2, little-endian) as shares of the input's range and as reals. */
function decode(bytes: Uint8Array, { lo, bits, width, scale, grid }: ManifestInput): Omit<JobInput, 'cid'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = {
    1: (at: number) => view.getInt8(at),
    2: (at: number) => view.getInt16(at, true),
    4: (at: number) => view.getInt32(at, true),
  }[width]
  const exact = Array.from({ length: bytes.length / width }, (_, index) => read(index * width))
  return {
    shades: Float32Array.from(exact, (value) => (value - lo) / (2 ** bits - 1)),
    reals: exact.map((value, index) => (value + (grid?.zeros[index] ?? 0)) * 2 ** -(grid?.scales[index] ?? scale)),
  }
}
