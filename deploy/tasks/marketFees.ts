import { formatEther } from 'ethers'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { addressBookPath, readAddressBook } from '../addressBook.ts'

const nativeToken = `0x${'0'.repeat(40)}`

/** `hardhat market:fees`. */
// biome-ignore lint/style/noDefaultExport: Hardhat takes a task's action from the default export
export default async function marketFees(
  { addresses }: { addresses: string },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  const connection = await hre.network.create()
  try {
    const deployment = readAddressBook(await addressBookPath(connection, addresses))
    const market = await connection.ethers.getContractAt('JobMarket', deployment.jobMarket)
    const treasury = await market.treasury()
    const [free] = await market.balanceOf(treasury, nativeToken)
    const fee = await market.feeBps()
    const cap = await market.MAX_FEE_BPS()
    process.stdout.write(`fee ${fee} of at most ${cap} basis points\n`)
    process.stdout.write(`treasury ${treasury} holds ${formatEther(free)} in the market, and can withdraw it\n`)
  } finally {
    await connection.close()
  }
}
