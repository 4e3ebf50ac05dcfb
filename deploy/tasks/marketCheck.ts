import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { addressBookPath, readAddressBook } from '../addressBook.ts'
import { selfCheck } from '../selfCheck.ts'

/** `hardhat market:check`: fails with the first fact that is wrong. */
// biome-ignore lint/style/noDefaultExport: Hardhat takes a task's action from the default export
export default async function marketCheck(
  { addresses }: { addresses: string },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  await hre.tasks.getTask('build').run({ quiet: true, noTests: true })
  const connection = await hre.network.create()
  try {
    const deployment = readAddressBook(await addressBookPath(connection, addresses))
    const { contracts, assurances } = await selfCheck(hre, { connection, deployment })
    process.stdout.write(
      `${contracts} contracts, ${assurances} assurances and the sample proof are as they should be.\n`,
    )
  } finally {
    await connection.close()
  }
}
