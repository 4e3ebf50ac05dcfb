import { parseEther } from 'viem'

/** An amount of the chain's own coin that somebody typed, in wei; undefined for anything that is no plain decimal number. */
export function parseAmount(typed: string): bigint | undefined {
  return /^\d{1,9}(\.\d{1,18})?$/.test(typed.trim()) ? parseEther(typed.trim()) : undefined
}
