import { fileURLToPath } from 'node:url'
import mochaEthersToolbox from '@nomicfoundation/hardhat-toolbox-mocha-ethers'
import hardhatViem from '@nomicfoundation/hardhat-viem'
import { configVariable, defineConfig } from 'hardhat/config'
import type { HardhatPlugin } from 'hardhat/types/plugins'
import { marketTasks } from './deploy/tasks/index.ts'

/** Codes of the compiler's warnings about code that is too large to deploy; a test contract never is deployed. */
const sizeWarnings = ['5574', '3860']

/** Makes a compiler warning about our own sources fail the build; a library's warnings are the library's. */
const warningsAreErrors: HardhatPlugin = {
  id: 'assay-warnings-are-errors',
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        async invokeSolc(context, compiler, input, config, next) {
          const output = await next(context, compiler, input, config)
          const errors = output.errors?.map((error) => {
            // The compiler writes where the fault is; Hardhat's type leaves it out.
            const { sourceLocation } = error as typeof error & { sourceLocation?: { file: string } }
            const file = sourceLocation?.file ?? ''
            const tooLargeTest = file.startsWith('project/test/') && sizeWarnings.includes(error.errorCode ?? '')
            return file.startsWith('project/') && !tooLargeTest
              ? { ...error, type: 'Error', severity: 'error' as const }
              : error
          })
          return errors === undefined ? output : { ...output, errors }
        },
      }),
    }),
  },
}

/** Hardhat's configuration: the compiler comes from npm, so that a build needs no network. */
export default defineConfig({
  plugins: [mochaEthersToolbox, hardhatViem, warningsAreErrors],
  tasks: marketTasks,
  paths: {
    sources: './contracts',
    tests: { solidity: './test/contracts', mocha: './test/contracts' },
    ignition: './deploy',
  },
  solidity: {
    version: '0.8.37',
    path: fileURLToPath(import.meta.resolve('solc/soljson.js')),
    npmFilesToBuild: ['@openzeppelin/contracts/access/manager/AccessManager.sol'],
    settings: {
      evmVersion: 'prague',
      optimizer: { enabled: true, runs: 200 },
      metadata: { bytecodeHash: 'none' },
    },
  },
  networks: {
    // A fixed clock, mnemonic and chain id make addresses, orders and so the gas snapshot the same on every machine.
    default: { type: 'edr-simulated', chainType: 'l1', hardfork: 'prague' },
    node: { type: 'edr-simulated', chainType: 'l1', hardfork: 'prague', chainId: 31_337 },
    localhost: { type: 'http', chainType: 'l1', url: 'http://127.0.0.1:8545' },
    // The two variables are read when the network is used, from the environment or Hardhat's keystore.
    public: {
      type: 'http',
      chainType: 'l1',
      url: configVariable('ASSAY_RPC_URL'),
      accounts: [configVariable('ASSAY_DEPLOYER_KEY')],
    },
  },
  verify: { etherscan: { apiKey: configVariable('ASSAY_ETHERSCAN_KEY') } },
  test: {
    mocha: { timeout: 60_000 },
    solidity: {
      fuzz: { runs: 256, seed: '0x6173736179' },
      // ASSAY_INVARIANT_RUNS=1000 is the long profile.
      invariant: { runs: Number(process.env.ASSAY_INVARIANT_RUNS ?? 16), depth: 64, failOnRevert: false },
    },
  },
  // The generated files use namespaces, which our own code may not.
  typechain: { outDir: './types/ethers', tsNocheck: true },
})
