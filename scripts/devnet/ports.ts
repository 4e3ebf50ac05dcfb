import { createServer } from 'node:net'

/** Ports of a devnet's services on 127.0.0.1. */
export type DevnetPorts = { app: number; chain: number; content: number; worker: number }

/** The ports that people know: Next.js's, Hardhat's, Kubo's and Prometheus's. */
export const defaultPorts: DevnetPorts = { app: 3000, chain: 8545, content: 5001, worker: 9090 }

/** A port that the devnet needs is taken. */
export class PortBusyError extends Error {
  override readonly name = 'PortBusyError'
  readonly port: number

  constructor({ port, service }: { port: number; service: string }) {
    super(
      `Port ${port}, which the devnet's ${service} needs, is taken (\`lsof -nP -iTCP:${port} -sTCP:LISTEN\` shows by whom): ` +
        'stop that program, or choose other ports with `npm start -- --port-base 18000`.',
    )
    this.port = port
  }
}

/** A port base is no number from which four ports fit. */
export class PortBaseError extends Error {
  override readonly name = 'PortBaseError'

  constructor(value: string) {
    super(`The port base is ${JSON.stringify(value)}; it takes a whole number from 1024 to 65532.`)
  }
}

/**
 * Four ports in a row: app, chain, content, worker.
 * @throws PortBaseError
 */
export function portsFrom(base: string): DevnetPorts {
  const app = Number(base)
  if (!/^\d+$/.test(base) || app < 1024 || app > 65_532) throw new PortBaseError(base)
  return { app, chain: app + 1, content: app + 2, worker: app + 3 }
}

/**
 * Checks before anything is started that every port can be bound.
 * @throws PortBusyError for the first one that cannot
 */
export async function assertPortsFree(ports: DevnetPorts): Promise<void> {
  for (const [service, port] of Object.entries(ports)) {
    if (!(await isFree(port))) throw new PortBusyError({ port, service })
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
