const leastPrice = 500_000_000_000_000n

/**
 * What the page offers for a job: it starts at the model's floor price, or 0.0005 ETH, and climbs to twice that until a worker takes it.
 * All in the smallest unit.
 */
export function askingPrice(floorPrice: bigint): { minPrice: bigint; maxPrice: bigint } {
  const minPrice = floorPrice > leastPrice ? floorPrice : leastPrice
  return { minPrice, maxPrice: 2n * minPrice }
}
