import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { assertPortsFree, PortBaseError, PortBusyError, portsFrom } from './ports.ts'

describe('portsFrom', () => {
  it('args: a base that is no port, or leaves no room for four, is refused', () => {
    for (const base of ['', 'eighty', '80', '-3000', '3000.5', '65533', '1e4']) {
      assert.throws(() => portsFrom(base), PortBaseError, base)
    }
  })

  it('behavior: four ports in a row', () => {
    assert.deepEqual(portsFrom('65532'), { app: 65_532, chain: 65_533, content: 65_534, worker: 65_535 })
  })
})

describe('assertPortsFree', () => {
  it('error: names the port that is taken, who can be asked, and the remedy', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A listening TCP server's address is an AddressInfo.
    const { port } = server.address() as AddressInfo
    const ports = { app: 0, chain: port, content: 0, worker: 0 }

    const rejected = assertPortsFree(ports)

    await assert.rejects(rejected, (error) => error instanceof PortBusyError && error.port === port)
    await assert.rejects(rejected, { message: new RegExp(`Port ${port}.*chain.*lsof.*${port}.*--port-base`) })
    await new Promise((resolve) => server.close(resolve))
    await assertPortsFree(ports)
  })
})
