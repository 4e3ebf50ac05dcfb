import { expect } from 'chai'
import { network } from 'hardhat'
import { ChainUnreachableError, deployAssay, ParametersNeededError } from '../../deploy/deploy.ts'

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

      expect(new Set([...Object.values(first), ...Object.values(second)]).size).to.equal(14)
      expect(first.deploymentBlock).to.equal(1)
      expect(second.deploymentBlock).to.be.greaterThan(first.deploymentBlock)
    } finally {
      await server.close()
    }
  })
})
