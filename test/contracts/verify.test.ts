import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { network } from 'hardhat'
import { createHardhatRuntimeEnvironment } from 'hardhat/hre'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { deployOn } from '../../deploy/deploy.ts'
import { readParameters } from '../../deploy/readParameters.ts'
import {
  ContractUnknownError,
  JournalMissingError,
  VerificationFailedError,
  verifyMarket,
} from '../../deploy/tasks/marketVerify.ts'
import config from '../../hardhat.config.ts'
import { startExplorer } from './explorer.ts'

/** Explorers refuse Hardhat's own chain id. */
const chainId = 77_077
const example = new URL('../../deploy/parameters/example.json', import.meta.url).pathname

describe('market:verify', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-verify-'))
  const parametersPath = join(folder, 'parameters.json')
  // CREATE2 needs its factory, which is on no chain of this number.
  const { Deterministic: _, ...parameters } = readParameters(example)
  writeFileSync(parametersPath, JSON.stringify(parameters))
  let server: Awaited<ReturnType<typeof network.createServer>>
  let explorer: Awaited<ReturnType<typeof startExplorer>>
  let hre: HardhatRuntimeEnvironment

  before(async function () {
    this.timeout(600_000)
    server = await network.createServer({ network: 'default', override: { chainId } }, '127.0.0.1', 0)
    const { address, port } = await server.listen()
    const rpcUrl = `http://${address}:${port}`
    explorer = await startExplorer(async (account) => {
      const call = { jsonrpc: '2.0', id: 1, method: 'eth_getCode', params: [account, 'latest'] }
      const answer = await fetch(rpcUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(call),
      })
      // A node's answer to eth_getCode.
      return ((await answer.json()) as { result: string }).result
    })
    const site = { url: explorer.url, apiUrl: `${explorer.url}/api` }
    hre = await createHardhatRuntimeEnvironment(
      {
        ...config,
        paths: { ...config.paths, ignition: folder },
        networks: { explored: { type: 'http', chainType: 'l1', url: rpcUrl } },
        chainDescriptors: {
          [chainId]: { name: 'explored', blockExplorers: { etherscan: site, blockscout: site } },
        },
        verify: { etherscan: { apiKey: 'key' }, sourcify: { apiUrl: explorer.url } },
      },
      { network: 'explored' },
      new URL('../..', import.meta.url).pathname,
    )
  })

  after(async () => {
    await explorer?.close()
    await server?.close()
    rmSync(folder, { recursive: true })
  })

  it('error: S0-ESC-7 says where a journal was looked for', async () => {
    const refused = await verifyMarket(hre, { explorer: 'sourcify' }).catch((error: unknown) => error)

    expect(refused).to.be.instanceOf(JournalMissingError)
    expect(refused).to.include({ folder: join(folder, 'deployments', `chain-${chainId}`) })
  })

  it('behavior: S0-ESC-7 a second deployment sends nothing, and keeps addresses and block', async function () {
    this.timeout(600_000)
    const connection = await hre.network.create()
    const first = await deployOn(connection, parametersPath, folder)
    const head = await connection.ethers.provider.getBlockNumber()

    const second = await deployOn(connection, parametersPath, folder)

    expect(second).to.deep.equal(first)
    expect(first.deploymentBlock).to.equal(1)
    expect(await connection.ethers.provider.getBlockNumber()).to.equal(head)
    await connection.close()
  })

  for (const name of ['sourcify', 'etherscan', 'blockscout'] as const) {
    it(`soundness: S0-ESC-7 ${name} refuses a tampered source, and its contract is named`, async function () {
      this.timeout(600_000)
      explorer.tamper = (input) => input.replaceAll('MAX_FEE_BPS = 500', 'MAX_FEE_BPS = 5_000')

      const refused = await verifyMarket(hre, { explorer: name, only: 'JobMarket' }).catch((error: unknown) => error)

      expect(refused).to.be.instanceOf(VerificationFailedError)
      expect(refused).to.have.deep.property('contracts', ['contracts/JobMarket.sol:JobMarket'])
      expect([...explorer.verified]).to.deep.equal([])
    })
  }

  it('behavior: S0-ESC-7 every contract of the deployment is verified, those that contracts created too', async function () {
    this.timeout(1_800_000)
    explorer.tamper = (input) => input

    const addresses = await verifyMarket(hre, { explorer: 'sourcify' })

    expect(addresses.length).to.equal(17)
    expect([...explorer.verified].sort()).to.deep.equal(addresses.map((address) => address.toLowerCase()).sort())
  })

  for (const name of ['etherscan', 'blockscout'] as const) {
    it(`behavior: S0-ESC-7 the market is verified on ${name}`, async function () {
      this.timeout(600_000)
      explorer.tamper = (input) => input
      explorer.verified.clear()

      const [address] = await verifyMarket(hre, { explorer: name, only: 'JobMarket' })

      expect([...explorer.verified]).to.deep.equal([address?.toLowerCase()])
    })
  }

  it('error: a contract that the deployment has not is named', async () => {
    const refused = await verifyMarket(hre, { explorer: 'sourcify', only: 'Bazaar' }).catch((error: unknown) => error)

    expect(refused).to.be.instanceOf(ContractUnknownError)
    expect(refused).to.include({ contract: 'Bazaar' })
  })
})
