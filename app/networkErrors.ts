/** The page's host serves no network file. */
export class NetworkFileMissingError extends Error {
  override readonly name = 'NetworkFileMissingError'
  readonly status: number | undefined

  constructor({ status }: { status: number | undefined }) {
    super(
      `/network.json ${status === undefined ? 'could not be reached' : `answered ${status}`}; run \`npm start\` and open the address that it prints.`,
    )
    this.status = status
  }
}

/** No node answers at the network's address. */
export class NodeUnreachableError extends Error {
  override readonly name = 'NodeUnreachableError'
  readonly rpcUrl: string

  constructor({ rpcUrl, cause }: { rpcUrl: string; cause: unknown }) {
    super(`No chain answers at ${rpcUrl}; start it with \`npm start\`, then try again.`, { cause })
    this.rpcUrl = rpcUrl
  }
}

/** The node serves another chain than the network file names. */
export class ChainMismatchError extends Error {
  override readonly name = 'ChainMismatchError'
  readonly expected: number
  readonly actual: number

  constructor({ rpcUrl, expected, actual }: { rpcUrl: string; expected: number; actual: number }) {
    super(
      `${rpcUrl} serves chain ${actual}, and /network.json names chain ${expected}; start \`npm start\` again to write a fresh file.`,
    )
    this.expected = expected
    this.actual = actual
  }
}

/** The chain holds no contract at the market's address, as after a restart of a local chain. */
export class MarketMissingError extends Error {
  override readonly name = 'MarketMissingError'
  readonly address: string

  constructor({ address }: { address: string }) {
    super(
      `The chain holds no market at ${address}; it was probably restarted, so run \`npm start\` again and reload this page.`,
    )
    this.address = address
  }
}
