import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { ownerRoles, roles } from '../roles.ts'
import { assayModule } from './Assay.ts'

/** Lets the deploying account use every role without a delay, as a local chain's tests and people want it. */
export const localOwnerModule = buildModule('AssayLocalOwner', (m) => {
  const { accessManager, workerRegistry, ...market } = m.useModule(assayModule)
  const deployer = m.getAccount(0)
  for (const role of [...ownerRoles.map((owned) => owned.role), 'guardian'] as const) {
    m.call(accessManager, 'grantRole', [roles[role], deployer, 0], { id: `grant_${role}`, after: [workerRegistry] })
  }
  return { accessManager, workerRegistry, ...market }
})
