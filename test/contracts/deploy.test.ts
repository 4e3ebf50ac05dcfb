import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { artifacts, network } from 'hardhat'
import { ChainUnreachableError, deployAssay, deployOn, ParametersNeededError } from '../../deploy/deploy.ts'
import { SelfCheckFailedError, selfCheck } from '../../deploy/selfCheck.ts'

describe('deployAssay', () => {
  it('error: S0-ESC-7 names the URL when no chain answers', async () => {
    const rpcUrl = 'http://127.0.0.1:9'

    const refused = await deployAssay({ rpcUrl }).catch((error: unknown) => error)

    expect(refused).to.be.instanceOf(ChainUnreachableError)
    expect(refused).to.include({ rpcUrl })
  })

  it('error: refuses the local parameters on a chain that is not local', async () => {
    const server = await network.createServer({ network: 'default', override: { chainId: 5_042 } }, '127.0.0.1', 0)
    const { address, port } = await server.listen()

    try {
      const refused = await deployAssay({ rpcUrl: `http://${address}:${port}` }).catch((error: unknown) => error)

      expect(refused).to.be.instanceOf(ParametersNeededError)
      expect(refused).to.include({ chainId: 5_042 })
    } finally {
      await server.close()
    }
  })

  it('behavior: S0-ESC-7 deploys the whole market over HTTP, anew each time', async () => {
    const server = await network.createServer({ network: 'default', override: { chainId: 31_337 } }, '127.0.0.1', 0)
    const { address, port } = await server.listen()
    const rpcUrl = `http://${address}:${port}`

    try {
      const first = await deployAssay({ rpcUrl })
      const second = await deployAssay({ rpcUrl })

      expect(new Set([...Object.values(first), ...Object.values(second)]).size).to.equal(28)
      expect(first.deploymentBlock).to.equal(1)
      expect(second.deploymentBlock).to.be.greaterThan(first.deploymentBlock)
    } finally {
      await server.close()
    }
  })

  it('behavior: S0-ESC-7 with a salt the addresses are the same on each chain, whatever the deployer sent before', async () => {
    const parametersPath = fileURLToPath(new URL('../../deploy/parameters/example.json', import.meta.url))
    const deploy = async (transactionsBefore: number) => {
      const connection = await network.create({ network: 'default', override: { chainId: 31_337 } })
      const [deployer] = await connection.ethers.getSigners()
      for (let i = 0; i < transactionsBefore; i++) await deployer?.sendTransaction({ to: deployer.address })
      const { deploymentBlock, ...addresses } = await deployOn(connection, parametersPath)
      return addresses
    }

    expect(await deploy(3)).to.deep.equal(await deploy(0))
  })

  it('behavior: S0-ESC-7 a deployment passes its own check, and one with other code does not', async () => {
    const connection = await network.create({ network: 'default', override: { chainId: 31_337 } })
    const deployment = await deployOn(connection)

    const report = await selfCheck({ artifacts }, { connection, deployment })
    expect(report).to.deep.equal({ contracts: 13, assurances: 4 })

    const code = await connection.ethers.provider.getCode(deployment.proofVerifier)
    await connection.networkHelpers.setCode(deployment.proofVerifier, `${code.slice(0, -2)}ff`)
    const refused = await selfCheck({ artifacts }, { connection, deployment }).catch((error: unknown) => error)
    expect(refused).to.be.instanceOf(SelfCheckFailedError)
    expect(refused).to.include({ fact: `ProofVerifier at ${deployment.proofVerifier} has other code` })
  })
})
