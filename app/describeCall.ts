import { accessManagerAbi } from '@assay/sdk/abi/accessManager'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import type { Network } from '@assay/sdk/deployment'
import { type Address, decodeFunctionData, type Hex, isAddressEqual, parseAbi } from 'viem'
import { formatDuration } from './formatTime.ts'

/** What a call does, in words, and the account that it is about where there is one. */
export type CallText = { text: string; about?: Address }

const pauseSwitchAbi = parseAbi(['function pauseMarket()'])

/**
 * Says in words what a call of the market, the pause switch or the access manager does; of any other, which function it is.
 * @param parameters.roleName names a role by its id
 */
export function describeCall(
  { target, data }: { target: Address; data: Hex },
  { network, roleName }: { network: Pick<Network, 'addresses'>; roleName: (roleId: bigint) => string },
): CallText {
  const { jobMarket, pauseSwitch, accessManager } = network.addresses
  const is = (address: Address | undefined) => address !== undefined && isAddressEqual(address, target)
  try {
    if (is(jobMarket)) return describeMarketCall(data)
    if (is(accessManager)) return describeManagerCall(data, roleName)
    if (is(pauseSwitch)) {
      decodeFunctionData({ abi: pauseSwitchAbi, data })
      return { text: 'Stop new orders and claims' }
    }
  } catch {
    // A function that the contract does not have: its selector is all that can be said.
  }
  return unknownCall(data, target)
}

function unknownCall(data: Hex, about?: Address): CallText {
  const text = `Call the function ${data.slice(0, 10)}, which this page does not know`
  return about === undefined ? { text } : { text: `${text}, of another contract`, about }
}

function describeMarketCall(data: Hex): CallText {
  const { functionName, args } = decodeFunctionData({ abi: jobMarketAbi, data })
  switch (functionName) {
    case 'setFeeBps':
      return { text: `Set the fee of new orders to ${args[0] / 100} %` }
    case 'allowToken':
      return {
        text: args[1]
          ? 'Let new orders be paid in a token'
          : 'Stop new orders from being paid in a token; balances stay',
        about: args[0],
      }
    case 'listAssurance':
      return {
        text:
          args[1] === 0
            ? 'Stop new orders from naming an assurance; jobs in flight keep it'
            : 'Let new orders name an assurance',
        about: args[0],
      }
    case 'setPaused':
      return { text: args[0] ? 'Stop new orders and claims' : 'End the pause: new orders and claims go on' }
    default:
      return { text: `Call the market’s ${functionName}` }
  }
}

function describeManagerCall(data: Hex, roleName: (roleId: bigint) => string): CallText {
  const { functionName, args } = decodeFunctionData({ abi: accessManagerAbi, data })
  switch (functionName) {
    case 'grantRole':
      return { text: `Give the role ${roleName(args[0])}, ${delayText(args[2])}, to an account`, about: args[1] }
    case 'revokeRole':
      return { text: `Take the role ${roleName(args[0])} from an account`, about: args[1] }
    case 'labelRole':
      return { text: `Name the role ${roleName(args[0])} anew` }
    case 'setGrantDelay':
      return { text: `Let new holders of the role ${roleName(args[0])} wait ${formatDuration(args[1])} for it` }
    case 'setRoleAdmin':
      return { text: `Let the role ${roleName(args[1])} decide who has the role ${roleName(args[0])}` }
    case 'setRoleGuardian':
      return { text: `Let the role ${roleName(args[1])} cancel what the role ${roleName(args[0])} schedules` }
    case 'setTargetFunctionRole':
      return { text: `Let the role ${roleName(args[2])} call ${args[1].join(', ')} of a contract`, about: args[0] }
    case 'setTargetAdminDelay':
      return {
        text: `Let changes to who may call a contract wait ${formatDuration(args[1])}`,
        about: args[0],
      }
    case 'setTargetClosed':
      return {
        text: args[1]
          ? 'Close the guarded functions of a contract to every role'
          : 'Open a contract to its roles again',
        about: args[0],
      }
    case 'updateAuthority':
      return { text: 'Put a contract under another access manager', about: args[0] }
    default:
      return { text: `Call the access manager’s ${functionName}` }
  }
}

/** How long a role waits, within a sentence. */
export function delayText(seconds: number): string {
  return seconds === 0 ? 'without a delay' : `after ${formatDuration(seconds)}`
}
