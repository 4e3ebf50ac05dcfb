import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { config, network } from 'hardhat'
import { createClient, http } from 'viem'
import { runCli } from '../../cli/src/main.ts'
import {
  ArtifactMissingError,
  CodeDiffersError,
  TieDiffersError,
  verifyDeployment,
} from '../../cli/src/verifyDeployment.ts'
import { deployAssay } from '../../deploy/deploy.ts'

const { artifacts } = config.paths

describe('assay verify-deployment', () => {
  let close: () => Promise<void>
  let rpcUrl: string
  let addresses: Omit<Awaited<ReturnType<typeof deployAssay>>, 'deploymentBlock'>
  let deploymentBlock: number

  before(async () => {
    const server = await network.createServer({ network: 'default', override: { chainId: 31_337 } }, '127.0.0.1', 0)
    const { address, port } = await server.listen()
    close = () => server.close()
    rpcUrl = `http://${address}:${port}`
    const deployed = await deployAssay({ rpcUrl })
    ;({ deploymentBlock, ...addresses } = deployed)
  })

  after(() => close())

  it('error: S0-ESC-7 names the contract whose code differs by a byte, or is absent', async () => {
    const client = createClient({ transport: http(rpcUrl) })
    const connection = await network.create({ network: 'localhost', override: { url: rpcUrl } })
    const address = addresses.auditAssurance
    const code = await connection.ethers.provider.getCode(address)
    const check = () => verifyDeployment(client, { network: { addresses }, artifacts }).catch((error: unknown) => error)

    try {
      for (const planted of [`${code.slice(0, -2)}${code.endsWith('00') ? '01' : '00'}`, `${code}00`, '0x']) {
        await connection.provider.request({ method: 'hardhat_setCode', params: [address, planted] })
        const refused = await check()
        expect(refused).to.be.instanceOf(CodeDiffersError)
        expect(refused).to.include({ contract: 'AuditAssurance', address })
      }
    } finally {
      await connection.provider.request({ method: 'hardhat_setCode', params: [address, code] })
      await connection.close()
    }
    expect(await check()).to.have.length(Object.keys(addresses).length)
  })

  it('error: S0-ESC-7 refuses right code that the market does not use, and an extension that is not named', async () => {
    const client = createClient({ transport: http(rpcUrl) })
    const other = await deployAssay({ rpcUrl })
    const { marketExits, ...unnamed } = addresses
    const check = (checked: typeof unnamed) =>
      verifyDeployment(client, { network: { addresses: checked }, artifacts }).catch((error: unknown) => error)

    const foreign = await check({ ...addresses, workerRegistry: other.workerRegistry })
    expect(foreign).to.be.instanceOf(TieDiffersError)
    expect(foreign).to.include({ contract: 'WorkerRegistry' })

    const absent = await check(unnamed)
    expect(absent).to.be.instanceOf(TieDiffersError)
    expect(absent).to.include({ contract: 'MarketExits' })
    expect(marketExits).to.not.equal(other.marketExits)
  })

  it('error: S0-ESC-7 a folder without artifacts compares nothing and fails', async () => {
    const client = createClient({ transport: http(rpcUrl) })

    const refused = await verifyDeployment(client, { network: { addresses }, artifacts: tmpdir() }).catch(
      (error: unknown) => error,
    )

    expect(refused).to.be.instanceOf(ArtifactMissingError)
  })

  it('behavior: S0-ESC-7 the command exits 0 for this checkout, and 1 for addresses that are swapped', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'assay-network-'))
    const file = path.join(folder, 'network.json')
    const write = (written: object) =>
      writeFileSync(
        file,
        JSON.stringify({
          ...{ name: 'test', chainId: 31_337, rpcUrl, contentApiUrl: rpcUrl, gatewayUrl: rpcUrl, appUrl: rpcUrl },
          ...{ deploymentBlock, addresses: written },
        }),
      )
    const run = () => runCli(['--network', file, '--json', 'verify-deployment', '--artifacts', artifacts])

    try {
      write(addresses)
      expect(await run()).to.equal(0)

      write({ ...addresses, modelRegistry: addresses.workerRegistry })
      expect(await run()).to.equal(1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
