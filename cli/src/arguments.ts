import { InvalidArgumentError, Option } from 'commander'
import { type Address, getAddress, type Hex, isAddress, parseEther } from 'viem'

/** An amount in ETH as wei. */
export function etherArgument(text: string): bigint {
  if (!/^\d{1,12}(\.\d{1,18})?$/.test(text)) throw new InvalidArgumentError('Write an amount in ETH, like 0.01.')
  return parseEther(text)
}

/** An option that takes an amount in ETH; the help shows its default as it is written. */
export function etherOption(flags: string, description: string, fallback: string): Option {
  return new Option(flags, description).argParser(etherArgument).default(parseEther(fallback), fallback)
}

/** An id of 32 bytes in hex. */
export function idArgument(text: string): Hex {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw new InvalidArgumentError('An id is 0x and 64 hex digits.')
  // The pattern above is viem's Hex.
  return text.toLowerCase() as Hex
}

/** A CID as the market writes them: version 1 in base32. */
export function cidArgument(text: string): string {
  if (!/^b[a-z2-7]{58}$/.test(text))
    throw new InvalidArgumentError('A CID is b and 58 characters of base32, like bafk….')
  return text
}

/** An account's address. */
export function addressArgument(text: string): Address {
  if (!isAddress(text)) throw new InvalidArgumentError('An address is 0x and 40 hex digits.')
  return getAddress(text)
}

/** A whole number in a range. */
export function integerArgument(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`)
    }
    return value
  }
}

/** Percentage points, like 0.5. */
export function pointsArgument(text: string): number {
  const points = Number(text)
  if (!/^\d{1,3}(\.\d{1,6})?$/.test(text) || points > 100) {
    throw new InvalidArgumentError('Write percentage points, like 0.5.')
  }
  return points
}

/** A shape like 28x28x1. */
export function shapeArgument(text: string): number[] {
  if (!/^\d{1,6}(x\d{1,6}){0,7}$/.test(text)) throw new InvalidArgumentError('Write a shape like 28x28x1.')
  return text.split('x').map(Number)
}

/** An address of the web, without slashes at its end. */
export function urlArgument(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new InvalidArgumentError('Write a URL, like https://example.org.')
  return text.replace(/\/+$/, '')
}

/** Names separated by commas. */
export function namesArgument(text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.some((name) => name === '')) throw new InvalidArgumentError('Write names separated by commas.')
  return names
}
