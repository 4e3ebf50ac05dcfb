import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import assay from '@assay/sdk/hardhat'
import hardhatViem from '@nomicfoundation/hardhat-viem'
import { defineConfig } from 'hardhat/config'
import { networkFile } from './networkFile.ts'

const devnetUrl = existsSync(networkFile)
  ? JSON.parse(readFileSync(networkFile, 'utf8')).rpcUrl
  : 'http://127.0.0.1:8545'

export default defineConfig({
  plugins: [hardhatViem, assay],
  solidity: {
    version: '0.8.37',
    // The compiler from npm, so that a build needs no download of its own.
    path: fileURLToPath(import.meta.resolve('solc/soljson.js')),
    npmFilesToBuild: ['@assay/contracts/mocks/MarketFake.sol'],
    settings: { evmVersion: 'prague', optimizer: { enabled: true, runs: 200 } },
  },
  networks: { devnet: { type: 'http', url: devnetUrl } },
  paths: { sources: './contracts', tests: { solidity: './test' } },
})
