import { overrideTask, task } from 'hardhat/config'
import { ArgumentType } from 'hardhat/types/arguments'

const addresses = {
  name: 'addresses',
  type: ArgumentType.STRING,
  description: 'File with the addresses of a deployment; default deploy/addresses/<chain id>.json',
  defaultValue: '',
} as const

/** Hardhat's tasks for a market, registered in hardhat.config.ts; each takes `--network`. */
export const marketTasks = [
  overrideTask('build')
    .setAction(() => import('./build.ts'))
    .build(),
  task('deploy', 'Deploys the market or goes on where it stopped, checks it, and writes its addresses')
    .addOption({
      name: 'parameters',
      type: ArgumentType.STRING,
      description: 'Ignition parameters; default those of a local chain, which only a local chain takes',
      defaultValue: '',
    })
    .addOption(addresses)
    .setAction(() => import('./deploy.ts'))
    .build(),
  task('market:check', 'Compares a deployment with this checkout and runs the sample proof on it')
    .addOption(addresses)
    .setAction(() => import('./marketCheck.ts'))
    .build(),
  task('market:verify', 'Publishes the source of every contract of a deployment to an explorer')
    .addOption({
      name: 'explorer',
      type: ArgumentType.STRING,
      description: 'etherscan (its API v2; ASSAY_ETHERSCAN_KEY), blockscout or sourcify',
      defaultValue: 'sourcify',
    })
    .addOption({
      name: 'contract',
      type: ArgumentType.STRING,
      description: 'Name of the one contract to publish; default all',
      defaultValue: '',
    })
    .setAction(() => import('./marketVerify.ts'))
    .build(),
  task('market:status', 'Shows what a market is set to, and who may change it')
    .addOption(addresses)
    .setAction(() => import('./marketStatus.ts'))
    .build(),
  task('market:fees', "Shows the fee, its cap, and what the treasury has earned of the chain's own coin")
    .addOption(addresses)
    .setAction(() => import('./marketFees.ts'))
    .build(),
]
