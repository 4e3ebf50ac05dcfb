import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Another program listens on the port. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError'
  readonly port: number

  constructor({ host, port }: { host: string; port: number }, options?: ErrorOptions) {
    super(`Port ${port} on ${host} is in use; stop the program that holds it or choose another port.`, options)
    this.port = port
  }
}

/**
 * Starts a server and waits until it listens.
 * @param address `port` 0 takes a free one
 * @returns its URL without a path, and a function that closes it with all its connections
 * @throws PortInUseError when the port is taken
 */
export async function listen(
  server: Server,
  address: { host: string; port: number },
): Promise<{ url: string; close: () => Promise<void> }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(address, { cause: error }) : error)
    })
    server.listen(address.port, address.host, () => resolve())
  })
  // A listening TCP server has an address object; only pipes have a string.
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://${address.host}:${port}`, close }
}
