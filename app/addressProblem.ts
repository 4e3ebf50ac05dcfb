import { getAddress, isAddress, isAddressEqual, zeroAddress } from 'viem'

/** Why a text names no account, in a sentence; undefined when it does, and while nothing is typed. */
export function addressProblem(typed: string): string | undefined {
  const text = typed.trim()
  if (text === '' || (isAddress(text, { strict: true }) && !isAddressEqual(text, zeroAddress))) return undefined
  return isAddress(text, { strict: false }) && !isAddressEqual(getAddress(text), zeroAddress)
    ? 'This address has a wrong letter: its upper and lower case do not fit. Copy it again.'
    : 'This is no address; it has 0x and 40 digits.'
}
