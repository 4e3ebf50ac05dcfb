import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const harness = 'test/symbolic/PricesProofs.sol'
const caps = [
  { name: 'MAX_FEE_BPS', file: 'contracts/MarketState.sol' },
  { name: 'MAX_ROYALTY_BPS', file: 'contracts/ModelRegistry.sol' },
]

/** The proofs assume another cap than the contracts keep. */
export class CapMismatchError extends Error {
  override readonly name = 'CapMismatchError'
  readonly cap: string

  constructor({ cap, file, expected, actual }: { cap: string; file: string; expected: string; actual: string }) {
    super(`${cap} is ${actual} in ${file}, and the proofs assume ${expected}; change it in ${harness} too.`)
    this.cap = cap
  }
}

/**
 * Compares the caps that the proofs assume with those of the contracts.
 * @throws CapMismatchError
 */
export function checkCaps(): void {
  for (const { name, file } of caps) {
    const [expected, actual] = [capIn(harness, name), capIn(file, name)]
    if (expected !== actual) throw new CapMismatchError({ cap: name, file, expected, actual })
  }
}

function capIn(file: string, name: string): string {
  return readFileSync(join(root, file), 'utf8').match(new RegExp(`\\b${name} = ([\\d_]+);`))?.[1] ?? 'missing'
}
