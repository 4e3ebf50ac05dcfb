import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, normalize } from 'node:path'
import {
  type Artifact,
  CollectStackTraces,
  EdrContext,
  L1_CHAIN_TYPE,
  l1GenesisState,
  l1HardforkFromString,
  l1SolidityTestRunnerFactory,
  PRAGUE,
} from '@nomicfoundation/edr'
import { deployByName, deployer } from './deployByName.ts'
import { applyChange, type Change, type Outcome } from './workbench.ts'

/** One change, or none, and the Solidity test files, relative to the root, that have to notice it. */
export type SuiteRun = { change?: Change; tests: string[] }

/** The part of the compiler's answer that is read here, see "Compiler Input and Output JSON Description" in its documentation. */
type SolcOutput = {
  errors?: { severity: string; message: string }[]
  contracts?: Record<string, Record<string, { abi: unknown[]; evm: { bytecode: Code; deployedBytecode: Code } }>>
}
type Code = { object: string }
type Solc = { compile(input: string, callbacks: { import(path: string): { contents: string } }): string }

const root = join(import.meta.dirname, '../..')
const version = '0.8.37'
/** The first runs of a fuzzed test notice most; more are tried only when nothing is noticed. */
const [fewRuns, moreRuns] = [8, 64]
/** As in hardhat.config.ts. */
const seed = '0x6173736179'
/** Tests that measure gas; code that is not optimized misses their bounds. */
const measuring = 'costsNoMoreThan'

/**
 * Gives a function that runs Solidity tests on one change, in this process and without disk. Three things make it quick: the compiler stays loaded and does
 * not optimize, which changes no behaviour; tests create contracts by name, so that only what holds the change is compiled; fuzzed tests begin with few runs.
 */
export async function openSoliditySuite(): Promise<(run: SuiteRun) => Promise<Outcome>> {
  // solc has no types for what it exports.
  const solc = createRequire(import.meta.url)('solc') as Solc
  const context = new EdrContext()
  await context.registerSolidityTestRunnerFactory(L1_CHAIN_TYPE, l1SolidityTestRunnerFactory())
  const paths = new Map(globSync('contracts/**/*.sol', { cwd: root }).map((path) => [basename(path, '.sol'), path]))
  const unchanged = new Map<string, Artifact>()

  function read(path: string, change: Change | undefined): string {
    if (path === deployer.file) return deployer.source
    const text = readFileSync(join(root, path.startsWith('@') ? 'node_modules' : '', path), 'utf8')
    const changed = change?.file === path ? applyChange(text, change) : text
    return path.startsWith('test/') ? deployByName(changed, paths) : changed
  }

  function compile(files: string[], change?: Change): Artifact[] {
    const input = {
      language: 'Solidity',
      sources: Object.fromEntries(files.map((path) => [path, { content: read(path, change) }])),
      settings: {
        evmVersion: 'prague',
        optimizer: { enabled: false },
        metadata: { bytecodeHash: 'none' },
        outputSelection: Object.fromEntries(
          files.map((path) => [path, { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] }]),
        ),
      },
    }
    const answer = solc.compile(JSON.stringify(input), { import: (path) => ({ contents: read(path, change) }) })
    const output = JSON.parse(answer) as SolcOutput
    const refusals = (output.errors ?? []).filter(({ severity }) => severity === 'error')
    if (refusals.length > 0) throw new RefusedError(refusals.map(({ message }) => message))
    return artifactsOf(output)
  }

  /** Files whose code holds a file's: contracts that import it, and of tests those that import it as a library. */
  function holdersOf(file: string, files: string[]): string[] {
    const inLibrary = file.startsWith('contracts/libraries/')
    return files.filter((path) => {
      if (path.startsWith('test/')) return inLibrary && importsOf(path, read).has(file)
      return path === file || closureOf(path, read).has(file)
    })
  }

  async function failuresOf(
    artifacts: Artifact[],
    options: { tests: string[]; runs: number; only?: string },
  ): Promise<string[]> {
    const suites = artifacts.filter(({ id, contract }) => {
      return options.tests.includes(id.source) && /"name":"(test|invariant)/.test(contract.abi)
    })
    const failures: string[] = []
    await new Promise<void>((resolve, reject) => {
      let left = suites.length
      const configuration = {
        projectRoot: root,
        hardfork: PRAGUE,
        localPredeploys: l1GenesisState(l1HardforkFromString(PRAGUE)),
        disableBlockGasLimit: true,
        disableTransactionGasCap: true,
        collectStackTraces: CollectStackTraces.OnFailure,
        fuzz: { runs: options.runs, seed },
        excludeTestPattern: measuring,
        ...(options.only === undefined ? {} : { testPattern: options.only }),
      }
      const ids = suites.map(({ id }) => id)
      context
        .runSolidityTests(L1_CHAIN_TYPE, artifacts, ids, configuration, {}, ({ id, testResults }) => {
          for (const { name, status, reason } of testResults) {
            if (status === 'Failure') failures.push(`${id.name}.${name}: ${reason ?? 'no reason'}`)
          }
          left -= 1
          if (left === 0) resolve()
        })
        .catch(reject)
    })
    return failures
  }

  return async ({ change, tests }) => {
    const created = new Set(tests.flatMap((test) => [...createdBy(test, paths)]))
    const files = [...tests, ...created]
    const missing = files.filter((path) => ![...unchanged.values()].some(({ id }) => id.source === path))
    if (missing.length > 0) for (const artifact of compile(missing)) unchanged.set(keyOf(artifact), artifact)
    const artifacts = new Map([...unchanged].filter(([, { id }]) => files.includes(id.source)))
    if (change !== undefined) {
      try {
        for (const artifact of compile(holdersOf(change.file, files), change)) artifacts.set(keyOf(artifact), artifact)
      } catch (error) {
        if (error instanceof RefusedError) return { verdict: 'not compiled', failures: error.refusals }
        throw error
      }
    }
    const all = [...artifacts.values()]
    const early = await failuresOf(all, { tests, runs: fewRuns })
    const failures = early.length > 0 ? early : await failuresOf(all, { tests, runs: moreRuns, only: '^testFuzz' })
    return { verdict: failures.length === 0 ? 'survived' : 'killed', failures }
  }
}

/** The compiler refuses a source; what it said. */
class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly refusals: string[]

  constructor(refusals: string[]) {
    super(`The compiler refuses the source: ${refusals.join(' ')}`)
    this.refusals = refusals
  }
}

function keyOf({ id }: Artifact): string {
  return `${id.source}:${id.name}`
}

function artifactsOf({ contracts = {} }: SolcOutput): Artifact[] {
  return Object.entries(contracts).flatMap(([source, ofSource]) =>
    Object.entries(ofSource).map(([name, { abi, evm }]) => ({
      id: { name, source, solcVersion: version },
      contract: {
        abi: JSON.stringify(abi),
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
      },
    })),
  )
}

type Read = (path: string, change: undefined) => string

/** Sources of this repository that a source imports itself. */
function importsOf(path: string, read: Read): Set<string> {
  const imports = read(path, undefined).matchAll(/^import [^;]*"(\.[^"]+)";/gm)
  return new Set([...imports].map(([, to = '']) => normalize(join(dirname(path), to))))
}

function closureOf(path: string, read: Read, seen = new Set<string>()): Set<string> {
  for (const imported of importsOf(path, read)) {
    if (seen.has(imported)) continue
    seen.add(imported)
    closureOf(imported, read, seen)
  }
  return seen
}

/** Source files of the contracts that a test, or a part of the tests that it imports, creates by name. */
function createdBy(test: string, paths: ReadonlyMap<string, string>): Set<string> {
  const read: Read = (path) => readFileSync(join(root, path), 'utf8')
  const parts = [test, ...closureOf(test, read)].filter((path) => path.startsWith('test/'))
  const names = parts.flatMap((path) =>
    [...read(path, undefined).matchAll(/\bnew (\w+)\(/g)].map(([, name = '']) => name),
  )
  return new Set(names.flatMap((name) => paths.get(name) ?? []))
}
