// Program: a token in a process of its own, so that a vendor's library can take down or hang nothing but itself.
// It is started by signerPkcs11.ts, speaks over Node's own channel, and ends with it.
import { openToken, type Token } from './pkcs11Token.ts'
import type { TokenUri } from './pkcs11Uri.ts'

/** What the process is asked for: to open comes first. Bytes are hex. */
export type TokenRequest =
  | { method: 'open'; uri: TokenUri; pin: string; writes: boolean }
  | { method: 'key' | 'generate' }
  | { method: 'sign'; digest: string }

/** Its answer; a failure is an error's own fields, of which the error is made again on the other side. */
export type TokenReply = { value: unknown } | { failure: { name: string; message: string } & Record<string, unknown> }

let token: Token | undefined

async function answer(request: TokenRequest): Promise<unknown> {
  if (request.method === 'open') {
    const pin = Buffer.from(request.pin, 'hex')
    token = await openToken({ uri: request.uri, pin }, { writes: request.writes })
    pin.fill(0)
    return true
  }
  if (token === undefined) throw new Error('The token is not open.')
  if (request.method === 'sign') return Buffer.from(token.sign(Buffer.from(request.digest, 'hex'))).toString('hex')
  return token[request.method]()
}

// A terminal's Ctrl-C reaches this process too, while the worker still finishes its jobs.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => process.exit(0))
process.on('message', (request: TokenRequest) => {
  answer(request).then(
    (value) => process.send?.({ value } satisfies TokenReply),
    (error: unknown) => {
      const fields = error instanceof Error ? { ...error, name: error.name, message: error.message } : undefined
      process.send?.({ failure: fields ?? { name: 'Error', message: String(error) } } satisfies TokenReply)
    },
  )
})
