import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { ownerRoles, roles } from '../roles.ts'
import { assayModule } from './Assay.ts'

/**
 * Hands the market to an account of several signers: each of its powers waits for the delay of the network's parameters, a guardian pauses at once and
 * cancels what is scheduled, and the deploying account is left with nothing.
 */
export const ownerModule = buildModule('AssayOwner', (m) => {
  const { accessManager, workerRegistry, ...market } = m.useModule(assayModule)
  const ownerAccount = m.contract('OwnerAccount', [m.getParameter('signers'), m.getParameter('threshold')])
  const grants = [
    ...ownerRoles.map(({ role, delay }) =>
      m.call(accessManager, 'grantRole', [roles[role], ownerAccount, m.getParameter(delay)], {
        id: `grant_${role}`,
        after: [workerRegistry],
      }),
    ),
    m.call(accessManager, 'grantRole', [roles.guardian, m.getParameter('guardian'), 0], {
      id: 'grant_guardian',
      after: [workerRegistry],
    }),
    m.call(accessManager, 'grantRole', [roles.admin, ownerAccount, m.getParameter('adminDelay')], {
      id: 'grant_admin',
      after: [workerRegistry],
    }),
  ]
  m.call(accessManager, 'renounceRole', [roles.admin, m.getAccount(0)], { after: grants })
  return { accessManager, workerRegistry, ownerAccount, ...market }
})
