import type { NetworkConnection } from 'hardhat/types/network'
import { type Address, createClient, custom } from 'viem'
import { getAddresses } from 'viem/actions'
import type { MarketClient } from '../deployment.ts'

/** An option of a task is missing or cannot be read. */
export class TaskOptionError extends Error {
  override readonly name = 'TaskOptionError'
  readonly option: string

  constructor({ option, given, needed }: { option: string; given: string; needed: string }) {
    super(`--${option} is ${JSON.stringify(given)}; write ${needed}.`)
    this.option = option
  }
}

/** A network of Hardhat's has no account to send from. */
export class NoAccountError extends Error {
  override readonly name = 'NoAccountError'

  constructor(network: string) {
    super(`The network ${network} has no account; name one under \`accounts\` in Hardhat's configuration.`)
  }
}

/** A client that sends from the first account of a connection of Hardhat's. */
export async function taskClient({ provider, networkName }: NetworkConnection): Promise<MarketClient> {
  const transport = custom(provider)
  const [account] = await getAddresses(createClient({ transport }))
  if (account === undefined) throw new NoAccountError(networkName)
  return createClient({ account, transport, pollingInterval: 100 })
}

/** @throws TaskOptionError unless the text is 0x and so many bytes in hex */
export function hexOption({ option, given, bytes }: { option: string; given: string; bytes: number }): Address {
  if (!new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`).test(given)) {
    throw new TaskOptionError({ option, given, needed: `0x and ${2 * bytes} hex digits` })
  }
  // The pattern above is viem's Hex, and with 20 bytes its Address.
  return given as Address
}
