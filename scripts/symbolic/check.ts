import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { applyChange, type Change } from '../mutation/workbench.ts'
import { solve } from './solve.ts'

/** What came of the asserts of one contract and of the arithmetic on their way. `refuted` carries the values that break one. */
export type Finding = {
  verdict: 'proved' | 'refuted' | 'not decided'
  checks: number
  counterexample: string
  seconds: number
}

/** solc could not check the contract at all. */
export class NotCheckableError extends Error {
  override readonly name = 'NotCheckableError'
  readonly contract: string

  constructor(contract: string, why: string) {
    super(`solc cannot check ${contract}: ${why}`)
    this.contract = contract
  }
}

type Report = { errorCode?: string; severity: string; message: string; formattedMessage: string }
type Solc = {
  compile(
    input: string,
    callbacks: { import(file: string): { contents: string }; smtSolver(query: string): { contents: string } },
  ): string
}

const root = join(import.meta.dirname, '../..')
const harness = 'test/symbolic/PricesProofs.sol'
const safe = '2961'
/** Assertion, overflow, underflow and division by zero that happen, by the codes of solc's bounded model checker. */
const broken = ['4661', '2661', '4144', '3046']
const deprecated = '3993'

/**
 * Checks the asserts of a contract of test/symbolic for all arguments, with the sources of this checkout, one of them changed on request.
 * @throws NotCheckableError
 */
export function check(contract: string, { z3, change }: { z3: string; change?: Change }): Finding {
  const started = Date.now()
  const read = (file: string) => {
    const text = readFileSync(join(root, file), 'utf8')
    return change?.file === file ? applyChange(text, change) : text
  }
  const modelChecker = {
    engine: 'bmc',
    solvers: ['smtlib2'],
    targets: ['assert', 'overflow', 'underflow', 'divByZero'],
    contracts: { [harness]: [contract] },
    showProvedSafe: true,
    showUnproved: true,
    showUnsupported: true,
  }
  const settings = { evmVersion: 'prague', modelChecker, outputSelection: { '*': { '*': [] } } }
  const input = { language: 'Solidity', sources: { [harness]: { content: read(harness) } }, settings }
  // The compiler is CommonJS.
  const solc = createRequire(import.meta.url)('solc') as Solc
  const output = solc.compile(JSON.stringify(input), {
    import: (file) => ({ contents: read(file) }),
    smtSolver: (query) => ({ contents: solve(query, z3) }),
  })
  const reports: Report[] = JSON.parse(output).errors ?? []
  return {
    ...judge(
      contract,
      reports.filter(({ errorCode }) => errorCode !== deprecated),
    ),
    seconds: (Date.now() - started) / 1000,
  }
}

function judge(contract: string, reports: Report[]): Omit<Finding, 'seconds'> {
  const failed = reports.find(({ severity }) => severity === 'error')
  if (failed !== undefined) throw new NotCheckableError(contract, failed.formattedMessage)
  const checks = reports.length
  const found = reports.find(({ errorCode = '' }) => broken.includes(errorCode))
  if (found !== undefined)
    return { verdict: 'refuted', checks, counterexample: valuesOf(found.formattedMessage, argumentsOf(contract)) }
  const proved = checks > 0 && reports.every(({ errorCode }) => errorCode === safe)
  return { verdict: proved ? 'proved' : 'not decided', checks, counterexample: '' }
}

/** Names of the arguments of a contract's function, and of what it keeps. */
function argumentsOf(contract: string): string[] {
  const source = readFileSync(join(root, harness), 'utf8').split(`contract ${contract} `)[1]?.split('\n}\n')[0] ?? ''
  return Array.from(source.matchAll(/\buint\d+ (\w+)/g), ([, name = '']) => name)
}

/** The values that solc found for some names, on one line. solc also lists everything else in sight. */
function valuesOf(message: string, names: string[]): string {
  const [, values = ''] = message.match(/Counterexample:\n([\s\S]*?)\n\n/) ?? []
  const lines = values.split('\n').map((line) => line.trim())
  return lines.filter((line) => names.includes(line.split(' = ')[0] ?? '')).join(', ')
}
