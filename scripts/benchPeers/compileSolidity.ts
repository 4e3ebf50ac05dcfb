import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import solc from 'solc'
import type { Hex } from 'viem'

/** What of the compiler's answer is read. */
type CompilerOutput = {
  errors?: { severity: string; formattedMessage: string }[]
  contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>
}

/** A Solidity source does not compile. */
export class SolidityInvalidError extends Error {
  override readonly name = 'SolidityInvalidError'
  readonly contract: string

  constructor({ contract, said }: { contract: string; said: string }) {
    super(`${contract} does not compile: ${said.trim()}`)
    this.contract = contract
  }
}

const root = join(import.meta.dirname, '../..')

/**
 * Compiles one contract as this repository's are compiled (prague, optimizer with 200 runs).
 * @returns its creation code
 * @throws SolidityInvalidError
 */
export function compileSolidity({ contract, path, source }: { contract: string; path: string; source: string }): Hex {
  const settings = {
    evmVersion: 'prague',
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
  }
  const input = JSON.stringify({ language: 'Solidity', sources: { [path]: { content: source } }, settings })
  const output: CompilerOutput = JSON.parse(solc.compile(input, { import: readImport }))
  const code = output.contracts?.[path]?.[contract]?.evm.bytecode.object
  if (code !== undefined && code !== '') return `0x${code}`
  const said =
    output.errors?.find(({ severity }) => severity === 'error')?.formattedMessage ?? 'there is no such contract'
  throw new SolidityInvalidError({ contract, said })
}

function readImport(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(join(root, path.startsWith('@') ? 'node_modules' : '.', path), 'utf8') }
  } catch (error) {
    return { error: String(error) }
  }
}
