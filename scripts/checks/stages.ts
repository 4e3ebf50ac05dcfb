import { globSync } from 'node:fs'
import path from 'node:path'

/** One command of a stage, run by this Node unless told; `counts` says whose summary of tests it prints. */
export type Check = { program?: string; args: string[]; counts?: 'node' | 'hardhat' }

/** One part of `npm test`; `needs` names stages whose results it reads, `follows` those that it only may not run beside, or comes after. */
export type Stage = {
  name: string
  about: string
  needs?: string[]
  follows?: string[]
  checks: (root: string) => Check[]
}

// Bounds each file as a whole, so that a test that hangs becomes a failure.
const fileMilliseconds = 30 * 60_000
const packages = 'circuits,sdk,worker,cli,app,deploy,scripts'

/** All stages in their order: what is quick and finds most comes first, and what builds on something comes after it. */
export const stages: readonly Stage[] = [
  {
    name: 'lint',
    about: 'format, lint and import rules (biome), Solidity lint (solhint), no keys in any file',
    checks: () => [
      { args: ['node_modules/@biomejs/biome/bin/biome', 'ci', '.'] },
      { args: ['node_modules/solhint/solhint.js', '--max-warnings', '0', 'contracts/**/*.sol'] },
      { args: ['scripts/scanSecrets.ts'] },
    ],
  },
  { name: 'contracts', about: 'contracts and their tests compile without warnings', checks: () => [hardhat('build')] },
  {
    name: 'generated',
    needs: ['contracts'],
    about: 'generated files are what their generators write; circuits are audited and counted',
    checks: () => [
      { args: ['scripts/generateAbi.ts', '--check'] },
      { args: ['scripts/generateGovernance.ts', '--check'] },
      { args: ['scripts/generateOperators.ts', '--check'] },
      { args: ['worker/src/referenceMain.ts', '--check'] },
      { args: ['scripts/checkMarketDoc.ts'] },
      { args: ['scripts/generateSdkDoc.ts', '--check'] },
      { args: ['cli/src/referenceMain.ts', '--check'] },
      { args: ['scripts/checkSnippets.ts'] },
      { args: ['scripts/auditCircuits.ts', '--check'] },
      { args: ['scripts/benchCircuits.ts', '--check'] },
      { program: '/bin/sh', args: ['scripts/generateOnnx.sh', '--check'] },
    ],
  },
  {
    name: 'page',
    about: 'the app is exported and sealed, and no page starts with more JavaScript than its budget',
    checks: () => [{ args: ['scripts/checks/buildPage.ts'] }],
  },
  {
    name: 'types',
    needs: ['contracts', 'page'],
    about: 'TypeScript, strict, for the repository and the page',
    checks: () =>
      ['.', 'app'].map((project) => ({ args: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', project] })),
  },
  {
    name: 'solidity',
    needs: ['contracts'],
    about: 'contract tests in Solidity: examples, fuzz, invariants',
    checks: () => [{ ...hardhat('test', 'solidity'), counts: 'hardhat' }],
  },
  {
    name: 'market',
    needs: ['contracts'],
    follows: ['solidity'],
    about: 'contract flows with real proofs; gas and size snapshots',
    checks: () => [{ ...hardhat('test', 'mocha'), counts: 'hardhat' }],
  },
  {
    name: 'symbolic',
    about: 'proofs of the arithmetic of prices for all values (solc, z3), and that planted bugs break them',
    checks: () => [{ args: ['scripts/proveContracts.ts'], counts: 'hardhat' }],
  },
  {
    name: 'native',
    about:
      'the native prover is built, formatted, linted and tested, where there is a Rust toolchain; later stages use it',
    checks: (root) => [nodeTest(root, 'test/native/**/*.test.ts')],
  },
  {
    name: 'kubo',
    about: 'a real Kubo keeps the contract of content sources, where CI asks for one and can build it',
    checks: (root) => [nodeTest(root, 'test/kubo/**/*.test.ts')],
  },
  {
    name: 'unit',
    follows: ['contracts', 'native'],
    about: 'tests beside the TypeScript files',
    checks: (root) => [nodeTest(root, `{${packages},test/bench}/**/*.test.{ts,tsx}`)],
  },
  {
    name: 'attacks',
    about: 'attacks on the sandbox, at every rung that this machine can have',
    checks: (root) => [nodeTest(root, 'test/attacks/**/*.test.ts', '--test-concurrency=1')],
  },
  {
    name: 'integration',
    needs: ['contracts'],
    follows: ['native'],
    about: 'models, sdk, worker and command line on a real chain; constraint snapshots',
    checks: (root) => [nodeTest(root, 'test/integration/**/*.test.ts', '--test-concurrency=2')],
  },
  {
    name: 'chaos',
    needs: ['contracts'],
    follows: ['native'],
    about:
      'the worker under kills, reorganisations and faults of all it depends on (short profile), audited from the chain',
    checks: (root) => [
      nodeTest(root, 'test/chaos/**/*.test.ts'),
      { args: ['test/chaos/chaos.ts', '--profile', 'short'], counts: 'hardhat' },
    ],
  },
  {
    name: 'examples',
    follows: ['contracts'],
    about: 'the starter for contracts that ask models, under Hardhat and under Foundry',
    checks: (root) => [nodeTest(root, 'test/examples/**/*.test.ts')],
  },
  {
    name: 'e2e',
    needs: ['contracts', 'page'],
    follows: ['native'],
    about: 'the page in a real browser on a real devnet',
    checks: (root) => [nodeTest(root, 'test/e2e/**/*.test.ts', '--test-concurrency=1')],
  },
  {
    name: 'readme',
    follows: ['native', 'e2e'],
    about: 'the commands of the README and of the four quick starts',
    checks: (root) => [nodeTest(root, 'test/readme/**/*.test.ts')],
  },
]

function hardhat(...args: string[]): Check {
  return { args: ['node_modules/hardhat/dist/src/cli.js', ...args] }
}

/** Files are listed here, so that a pattern that matches none gives no run of all files that Node would find. */
function nodeTest(root: string, pattern: string, ...flags: string[]): Check {
  const exclude = ['**/node_modules/**', 'app/out/**', 'app/.next/**']
  const files = globSync(pattern, { cwd: root, exclude }).map((file) => file.split(path.sep).join('/'))
  return { args: ['--test', `--test-timeout=${fileMilliseconds}`, ...flags, ...files.sort()], counts: 'node' }
}
