import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { addressBookPath, writeAddressBook } from '../addressBook.ts'
import { checkLocal, deployOn, localParameters } from '../deploy.ts'
import { selfCheck } from '../selfCheck.ts'

/** `hardhat deploy`: prints and writes the addresses; the journal under deploy/deployments/ lets a second run go on. */
// biome-ignore lint/style/noDefaultExport: Hardhat takes a task's action from the default export
export default async function deploy(
  { parameters, addresses }: { parameters: string; addresses: string },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  await hre.tasks.getTask('build').run({ quiet: true, noTests: true })
  const connection = await hre.network.create()
  try {
    const chainId = Number(await connection.provider.request({ method: 'eth_chainId' }))
    const parametersPath = parameters === '' ? localParameters : parameters
    checkLocal({ parametersPath, chainId })
    const deployment = await deployOn(connection, parametersPath, hre.config.paths.ignition)
    const { contracts, assurances } = await selfCheck(hre, { connection, deployment })
    const file = await addressBookPath(connection, addresses)
    writeAddressBook(file, deployment)
    process.stdout.write(`${JSON.stringify(deployment, null, 2)}\n`)
    process.stdout.write(
      `Checked ${contracts} contracts, ${assurances} assurances and the sample proof; wrote ${file}.\n`,
    )
  } finally {
    await connection.close()
  }
}
