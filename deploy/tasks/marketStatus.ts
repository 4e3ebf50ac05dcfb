import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { addressBookPath, readAddressBook } from '../addressBook.ts'
import { roles } from '../roles.ts'

/** `hardhat market:status`: settings, listed assurances, and the owner's and the switch's roles with their delays. */
// biome-ignore lint/style/noDefaultExport: Hardhat takes a task's action from the default export
export default async function marketStatus(
  { addresses }: { addresses: string },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  const connection = await hre.network.create()
  try {
    const deployment = readAddressBook(await addressBookPath(connection, addresses))
    const market = await connection.ethers.getContractAt('JobMarket', deployment.jobMarket)
    const manager = await connection.ethers.getContractAt('AccessManager', deployment.accessManager)
    const [deployer] = await connection.provider
      .request({ method: 'eth_accounts' })
      // The node answers eth_accounts with addresses.
      .then((accounts) => accounts as string[])
    const listings = ['not listed', 'listed, without terms', 'listed, with terms']

    const lines = [
      `market ${deployment.jobMarket}`,
      `paused ${await market.paused()}`,
      `fee ${await market.feeBps()} basis points`,
      `treasury ${await market.treasury()}`,
    ]
    for (const name of ['proofAssurance', 'optimisticAssurance', 'auditAssurance', 'quorumAssurance'] as const) {
      const listing = await market.assuranceListing(deployment[name])
      lines.push(`${name} ${deployment[name]}: ${listings[Number(listing)]}`)
    }
    const holders = { ownerAccount: deployment.ownerAccount, pauseSwitch: deployment.pauseSwitch, deployer }
    for (const [holder, account] of Object.entries(holders)) {
      if (account === undefined) continue
      for (const [role, id] of Object.entries(roles)) {
        const [member, delay] = await manager.hasRole(id, account)
        if (member) lines.push(`${holder} ${account}: ${role}, waits ${delay} s`)
      }
    }
    process.stdout.write(`${lines.join('\n')}\n`)
  } finally {
    await connection.close()
  }
}
