import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import {
  type Hex,
  hashMessage,
  hashTypedData,
  keccak256,
  type LocalAccount,
  type Signature,
  serializeSignature,
  serializeTransaction,
} from 'viem'
import { publicKeyToAddress, toAccount } from 'viem/accounts'
import { RetryableError } from './jobErrors.ts'
import { TokenPinError, TokenSignatureError, tokenErrors } from './pkcs11Errors.ts'
import type { TokenReply, TokenRequest } from './pkcs11Main.ts'
import { signatureOf } from './pkcs11Signature.ts'
import type { TokenKey } from './pkcs11Token.ts'
import type { TokenUri } from './pkcs11Uri.ts'

const program = fileURLToPath(new URL('pkcs11Main.ts', import.meta.url))

/** A token and its PIN, and how long one call may take. */
export type TokenAccess = { uri: TokenUri; pin: Uint8Array; timeoutMs?: number }

/**
 * An account whose key is in a token that speaks PKCS#11. The token signs digests; here they are made of transactions and typed data, brought
 * to the low half of s that Ethereum accepts, and recovered before anyone sees them. A token that was away is opened again for the next
 * signature, unless it has refused the PIN: it would lock itself.
 * @throws the errors of pkcs11Errors.ts; RetryableError (`chain-unavailable`) when it does not answer in time, and for later failures of the device
 */
export async function connectToken(access: TokenAccess): Promise<LocalAccount> {
  const pin = Uint8Array.from(access.pin)
  let opening: Promise<TokenProcess> | undefined
  let refused: TokenPinError | undefined
  const open = () => {
    if (refused !== undefined) throw refused
    opening ??= openProcess({ ...access, pin }, { writes: false })
    return opening
  }
  const { publicKey } = await (await open()).call<TokenKey>({ method: 'key' })
  const address = publicKeyToAddress(publicKey)

  async function signHash(hash: Hex): Promise<Signature> {
    try {
      const made = await (await open()).call<string>({ method: 'sign', digest: hash.slice(2) })
      return await signatureOf(made, { hash, address })
    } catch (error) {
      const failed = opening
      opening = undefined
      failed?.then(({ close }) => close()).catch(() => undefined)
      if (error instanceof TokenPinError) refused = error
      if (isDecided(error)) throw error
      // Whatever else is wrong with a token that worked before, it may come back.
      const detail = error instanceof Error ? error.message : String(error)
      throw new RetryableError({ reason: 'chain-unavailable', detail, cause: error })
    }
  }

  return toAccount({
    address,
    sign: async ({ hash }) => serializeSignature(await signHash(hash)),
    signMessage: async ({ message }) => serializeSignature(await signHash(hashMessage(message))),
    signTypedData: async (definition) => serializeSignature(await signHash(hashTypedData(definition))),
    signTransaction: async (transaction, { serializer = serializeTransaction } = {}) => {
      const unsigned = await serializer(transaction)
      return serializer(transaction, await signHash(keccak256(unsigned)))
    },
  })
}

/** Whether it was decided where the error was thrown that trying again helps or does not. */
function isDecided(error: unknown): boolean {
  return [TokenPinError, TokenSignatureError, RetryableError].some((kind) => error instanceof kind)
}

/** What a token says of the key that a URI names. */
export function inspectTokenKey(access: TokenAccess): Promise<TokenKey> {
  return once(access, 'key')
}

/** Makes a key in a token, which it never leaves. */
export function generateTokenKey(access: TokenAccess): Promise<TokenKey> {
  return once(access, 'generate')
}

async function once(access: TokenAccess, method: 'key' | 'generate'): Promise<TokenKey> {
  const token = await openProcess(access, { writes: method === 'generate' })
  try {
    return await token.call<TokenKey>({ method })
  } finally {
    token.close()
  }
}

type TokenProcess = { call: <Value>(request: TokenRequest) => Promise<Value>; close: () => void }

/** Starts the token's process and opens the token in it; nothing of either is left when that fails. */
async function openProcess(
  { uri, pin, timeoutMs = 30_000 }: TokenAccess,
  { writes }: { writes: boolean },
): Promise<TokenProcess> {
  const child = fork(program, { execArgv: ['--no-warnings'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  // The process keeps nobody waiting but for an answer.
  hold(child, false)
  let last: Promise<unknown> = Promise.resolve()
  const token: TokenProcess = {
    // One at a time, in their order: what is answered next was asked next.
    call: <Value>(request: TokenRequest) => {
      const answer = last.catch(() => undefined).then(() => ask(child, { request, timeoutMs }))
      last = answer
      // The other side of the channel is this program's own, which answers each request with its kind of value.
      return answer as Promise<Value>
    },
    close: () => void child.kill('SIGKILL'),
  }
  try {
    await token.call({ method: 'open', uri, pin: Buffer.from(pin).toString('hex'), writes })
    return token
  } catch (error) {
    token.close()
    throw error
  }
}

function ask(
  child: ChildProcess,
  { request, timeoutMs }: { request: TokenRequest; timeoutMs: number },
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const fail = (fact: string) =>
    reject(new RetryableError({ reason: 'chain-unavailable', detail: `The token's process ${fact}.` }))
  const onEnd = () => fail(`ended before it answered ${request.method}`)
  const onReply = (reply: TokenReply) => ('value' in reply ? resolve(reply.value) : reject(errorOf(reply)))
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    fail(`did not answer ${request.method} within ${timeoutMs} ms and was ended`)
  }, timeoutMs)
  hold(child, true)
  child.once('message', onReply).once('exit', onEnd)
  if (child.connected) child.send(request, (error) => error && onEnd())
  else onEnd()
  return promise.finally(() => {
    clearTimeout(timer)
    child.off('message', onReply).off('exit', onEnd)
    hold(child, false)
  })
}

function hold(child: ChildProcess, waits: boolean): void {
  if (waits) {
    child.ref()
    child.channel?.ref()
  } else {
    child.unref()
    child.channel?.unref()
  }
}

function errorOf({ failure }: Extract<TokenReply, { failure: unknown }>): Error {
  const Kind = Object.entries(tokenErrors).find(([name]) => name === failure.name)?.[1]
  // Each class is made of the fields that its own instance had in the token's process.
  return Kind === undefined ? new Error(failure.message) : new (Kind as new (fields: object) => Error)(failure)
}
