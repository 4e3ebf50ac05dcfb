import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
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

      expect(new Set([...Object.values(first), ...Object.values(second)]).size).to.equal(32)
      expect(first.deploymentBlock).to.equal(1)
      expect(second.deploymentBlock).to.be.greaterThan(first.deploymentBlock)
    } finally {
      await server.close()
    }
  })

  it('behavior: S0-ESC-7 what is asked before the build and what is sent after it do not share a socket', async () => {
    const server = await network.createServer({ network: 'default', override: { chainId: 31_337 } }, '127.0.0.1', 0)
    const { address, port } = await server.listen()
    const sockets: string[][] = []
    const between = createServer((socket) => {
      const asked: string[] = []
      sockets.push(asked)
      socket.on('data', (data) =>
        asked.push(
          ...String(data)
            .matchAll(/"method":"(\w+)"/g)
            .map(([, method]) => `${method}`),
        ),
      )
      const onward = connect(port, address)
      socket.pipe(onward).pipe(socket)
      // Sockets that end are no matter of this test.
      for (const end of [socket, onward]) end.on('error', () => {})
    }).listen(0, '127.0.0.1')
    await once(between, 'listening')

    try {
      await deployAssay({ rpcUrl: `http://127.0.0.1:${(between.address() as AddressInfo).port}` })

      const [first, ...others] = sockets
      expect(first).to.deep.equal(['eth_chainId'])
      expect(others.flat()).to.include('eth_sendTransaction')
    } finally {
      between.close()
      await server.close()
    }
  })

  it('behavior: S0-ESC-7 a second run changes nothing, and still names the first block', async () => {
    const server = await network.createServer({ network: 'default', override: { chainId: 31_337 } }, '127.0.0.1', 0)
    const { address, port } = await server.listen()
    const rpcUrl = `http://${address}:${port}`
    const connection = await network.create({ network: 'localhost', override: { url: rpcUrl } })
    const journal = mkdtempSync(path.join(tmpdir(), 'assay-journal-'))

    try {
      const first = await deployAssay({ rpcUrl, journal })
      const head = await connection.ethers.provider.getBlockNumber()
      const second = await deployAssay({ rpcUrl, journal })

      expect(second).to.deep.equal(first)
      expect(second.deploymentBlock).to.equal(1)
      expect(await connection.ethers.provider.getBlockNumber()).to.equal(head)
    } finally {
      await connection.close()
      await server.close()
      rmSync(journal, { recursive: true })
    }
  })

  it("behavior: S0-ESC-7 the same salt gives the same addresses, whatever the deployer's nonce is", async () => {
    const parametersPath = new URL('../../deploy/parameters/example.json', import.meta.url).pathname
    const fresh = await network.create({ network: 'default', override: { chainId: 31_337 } })
    const used = await network.create({ network: 'default', override: { chainId: 31_337 } })
    const [deployer] = await used.ethers.getSigners()
    for (let nonce = 0; nonce < 3; nonce++) await deployer?.sendTransaction({ to: deployer.address })

    const { deploymentBlock: first, ...expected } = await deployOn(fresh, parametersPath)
    const { deploymentBlock: second, ...actual } = await deployOn(used, parametersPath)

    expect(actual).to.deep.equal(expected)
    expect(second).to.equal(first + 3)
  })

  it('behavior: S0-ESC-7 a deployment passes its own check, and one with other code does not', async () => {
    const connection = await network.create({ network: 'default', override: { chainId: 31_337 } })
    const deployment = await deployOn(connection)

    const report = await selfCheck({ artifacts }, { connection, deployment })
    expect(report).to.deep.equal({ contracts: 15, assurances: 4 })

    const code = await connection.ethers.provider.getCode(deployment.proofVerifier)
    await connection.networkHelpers.setCode(deployment.proofVerifier, `${code.slice(0, -2)}ff`)
    const refused = await selfCheck({ artifacts }, { connection, deployment }).catch((error: unknown) => error)
    expect(refused).to.be.instanceOf(SelfCheckFailedError)
    expect(refused).to.include({ fact: `ProofVerifier at ${deployment.proofVerifier} has other code` })
  })
})
