import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  HttpRequestError,
  InsufficientFundsError,
  TimeoutError,
  UserRejectedRequestError,
} from 'viem'
import { contractErrorSentences } from './contractErrors.ts'

/** The decoded custom error inside a failed contract call, or undefined when there is none. */
export function revertOf(error: unknown): { name: string; args: readonly unknown[] } | undefined {
  const revert = find(error, ContractFunctionRevertedError)
  if (revert?.data === undefined) return undefined
  return { name: revert.data.errorName, args: revert.data.args ?? [] }
}

/**
 * Any error as one sentence for a person: what was, with its values, and what to do. Never a stack.
 * The error classes of sdk and circuits are such sentences already; this adds viem's and the contracts'.
 */
export function explainError(error: unknown): string {
  const revert = revertOf(error)
  if (revert !== undefined) return explainRevert(revert)
  const reverted = find(error, ContractFunctionRevertedError)
  if (reverted !== undefined) {
    const reason = reverted.reason ?? reverted.signature ?? 'no reason'
    return `The contract refused the call with ${oneLine(reason)}; update to the deployed contracts' version.`
  }
  const empty = find(error, ContractFunctionZeroDataError)
  if (empty !== undefined) {
    return 'No contract of the market answers at the address in the network file; check that the file belongs to this chain.'
  }
  const unreachable = find(error, HttpRequestError) ?? find(error, TimeoutError)
  if (unreachable !== undefined) {
    return `The chain at ${originOf(unreachable)} does not answer; start it (\`npm start\`) or name another network file.`
  }
  if (find(error, InsufficientFundsError) !== undefined || isUnfunded(error)) {
    return 'The account holds too little ETH for the amount and the gas; fund it or lower the price.'
  }
  if (find(error, UserRejectedRequestError) !== undefined) {
    return 'The wallet rejected the request; confirm it there to go on.'
  }
  if (error instanceof BaseError) return `${oneLine(error.details || error.shortMessage).replace(/\.$/, '')}.`
  return messageOf(error)
}

function explainRevert({ name, args }: { name: string; args: readonly unknown[] }): string {
  if (!(name in contractErrorSentences)) {
    return `The contract refused the call with ${name}(${args.map(String).join(', ')}); update to its version.`
  }
  // viem decoded name and arguments with the ABI that the table is typed by.
  const sentence = contractErrorSentences[name as keyof typeof contractErrorSentences] as (...args: unknown[]) => string
  return sentence(...args)
}

function find<T extends Error>(error: unknown, type: abstract new (...args: never[]) => T): T | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof type) return cause
  }
  return undefined
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error)
  return oneLine(message)
}

/** The path is left out: providers put their customers' keys there. */
function originOf(error: Error): string {
  const url = 'url' in error ? String(error.url) : ''
  return URL.canParse(url) ? new URL(url).origin : 'its address'
}

/** Nodes word it differently, and some give it no error code that viem knows. */
function isUnfunded(error: unknown): boolean {
  return error instanceof Error && /insufficient funds|enough funds/i.test(error.message)
}

/** The first line that says something. */
function oneLine(text: string): string {
  return (
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '') ?? 'unknown error'
  )
}
