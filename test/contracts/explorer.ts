import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'

/** What a submission of source says, in the words of each explorer brought to one. */
type Submission = { address: string; input: string; contract: string }

/** What the compiler says of one contract, as far as this file reads it. */
type Compiled = {
  contracts?: Record<string, Record<string, { evm: { deployedBytecode: Runtime } }>>
}
type Range = { start: number; length: number }

// The compiler is CommonJS.
const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }

/**
 * An explorer on 127.0.0.1 that speaks the verification calls of Etherscan v2, Blockscout and Sourcify v2 and decides by compiling what it is sent:
 * the code on the chain must be the code of that source, immutables aside. `tamper` changes a source on its way, as a liar would.
 */
export async function startExplorer(getCode: (address: string) => Promise<string>) {
  const verified = new Set<string>()
  const verdicts = new Map<string, boolean>()
  const explorer = { tamper: (input: string) => input, verified, url: '', close: async () => {} }

  async function take({ address, input, contract }: Submission): Promise<string> {
    const matches = sourceMatches(explorer.tamper(input), contract, await getCode(address))
    if (matches) verified.add(address.toLowerCase())
    const guid = `guid-${verdicts.size}`
    verdicts.set(guid, matches)
    return guid
  }

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://explorer')
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const body = await readBody(request)
    const [, , sourcifyCall, first, second] = pathname.split('/')
    if (sourcifyCall === 'contract') {
      const match = verified.has((second ?? '').toLowerCase()) ? 'match' : null
      return send(match === null ? 404 : 200, {
        match,
        creationMatch: match,
        runtimeMatch: match,
        chainId: first,
        address: second,
      })
    }
    if (sourcifyCall === 'verify' && request.method === 'POST') {
      const { stdJsonInput, contractIdentifier } = JSON.parse(body)
      const input = JSON.stringify(stdJsonInput)
      return send(202, { verificationId: await take({ address: second ?? '', input, contract: contractIdentifier }) })
    }
    if (sourcifyCall === 'verify') {
      const match = verdicts.get(first ?? '') === true ? 'match' : null
      const contract = { match, creationMatch: match, runtimeMatch: match, chainId: '1', address: '0x' }
      const error = { customCode: 'no_match', message: 'The compiled bytecode is another.', errorId: '1' }
      return send(200, {
        isJobCompleted: true,
        verificationId: first,
        jobStartTime: '2026-01-01T00:00:00Z',
        contract,
        ...(match === null && { error }),
      })
    }

    const form = new URLSearchParams(body)
    const action = searchParams.get('action')
    if (action === 'getsourcecode') {
      const known = verified.has((searchParams.get('address') ?? '').toLowerCase())
      return send(200, { status: '1', message: 'OK', result: [{ SourceCode: known ? 'source' : '' }] })
    }
    if (action === 'verifysourcecode') {
      const address = form.get('contractaddress') ?? ''
      const guid = await take({
        address,
        input: form.get('sourceCode') ?? '',
        contract: form.get('contractname') ?? '',
      })
      return send(200, { status: '1', message: 'OK', result: guid })
    }
    const passed = verdicts.get(searchParams.get('guid') ?? '') === true
    const result = passed ? 'Pass - Verified' : 'Fail - Unable to verify'
    // Blockscout says that the answer is well, and in the answer that the source is not.
    const status = passed || !searchParams.has('chainid') ? '1' : '0'
    send(200, { status, message: status === '1' ? 'OK' : 'NOTOK', result })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Listening on a port, so it is no pipe's name.
  explorer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  explorer.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return explorer
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

type Runtime = { object: string; immutableReferences: Record<string, Range[]> }

/** What was compiled already: the same source comes from each explorer's client. */
const runtimes = new Map<string, Runtime | undefined>()

/** Compiles one contract of a standard JSON input; undefined when the source does not compile or lacks it. */
function compile(input: string, contract: string): Runtime | undefined {
  const key = createHash('sha256').update(`${contract} ${input}`).digest('hex')
  if (runtimes.has(key)) return runtimes.get(key)
  const at = contract.lastIndexOf(':')
  const [file, name] = [contract.slice(0, at), contract.slice(at + 1)]
  const settings = JSON.parse(input)
  settings.settings.outputSelection = { [file]: { [name]: ['evm.deployedBytecode'] } }
  const output = JSON.parse(solc.compile(JSON.stringify(settings))) as Compiled
  const runtime = output.contracts?.[file]?.[name]?.evm.deployedBytecode
  runtimes.set(key, runtime)
  return runtime
}

/** Compares the runtime code of a source with the code on the chain, immutables aside. */
function sourceMatches(input: string, contract: string, code: string): boolean {
  const runtime = compile(input, contract)
  if (runtime === undefined) return false
  const masked = (hex: string) => {
    const bytes = Buffer.from(hex, 'hex')
    for (const { start, length } of Object.values(runtime.immutableReferences).flat()) {
      bytes.fill(0, start, start + length)
    }
    return bytes.toString('hex')
  }
  return masked(code.slice(2)) === masked(runtime.object)
}
