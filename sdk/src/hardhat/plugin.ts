import { task } from 'hardhat/config'
import { ArgumentType } from 'hardhat/types/arguments'
import type { HardhatPlugin } from 'hardhat/types/plugins'

const text = <const N extends string>(name: N, description: string, defaultValue = '') =>
  ({ name, type: ArgumentType.STRING, description, defaultValue }) as const

/**
 * Hardhat plugin `assay`: `assay:request` pays for an answer on a network with a market, `assay:mock-result` tells a fake market
 * (`@assay/contracts/mocks/MarketFake.sol`) how a job of a consumer under test ends.
 */
const assay: HardhatPlugin = {
  id: 'assay',
  npmPackage: '@assay/sdk',
  tasks: [
    task(
      'assay:request',
      'Pays for an answer of a model from the network’s first account, and prints the id of the job',
    )
      .addOption(text('model', 'Id of the model'))
      .addOption(text('input', 'File with the input’s values as a JSON array, row by row, channels last'))
      .addOption(text('maxPrice', 'The most the job may cost, in ETH', '0.01'))
      .addOption(text('assay', 'Network file of the market', '.devnet/network.json'))
      .setAction(() => import('./request.ts'))
      .build(),
    task('assay:mock-result', 'Ends a job of a fake market: with an answer, or without one')
      .addOption(text('market', 'Address of the fake market'))
      .addOption(text('job', 'Id of the job'))
      .addOption(text('values', 'The answer’s integers, separated by commas, as the model would give them'))
      .addOption({
        name: 'bits',
        type: ArgumentType.INT,
        description: 'Bits of each value of the answer; the model’s manifest says',
        defaultValue: 24,
      })
      .addFlag({ name: 'expired', description: 'Nobody answered in time, and the escrow goes back' })
      .addFlag({ name: 'failed', description: 'A worker failed, and the job goes on' })
      .setAction(() => import('./mockResult.ts'))
      .build(),
  ],
}

// biome-ignore lint/style/noDefaultExport: Hardhat's plugins are their module's default export
export default assay
