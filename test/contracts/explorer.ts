import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** What a submission of source says, in the words of each explorer brought to one. */
type Submission = { address: string; input: string; contract: string }

/** What the compiler says of one contract, as far as this file reads it. */
type Compiled = {
  contracts?: Record<string, Record<string, { evm: { deployedBytecode: Runtime } }>>
}
type Range = { start: number; length: number }

/**
 * An explorer on 127.0.0.1 that speaks the verification calls of Etherscan v2, Blockscout and Sourcify v2 and decides by compiling what it is sent:
 * the code on the chain must be the code of that source, immutables aside. `tamper` changes a source on its way, as a liar would.
 */
export async function startExplorer(getCode: (address: string) => Promise<string>) {
  const compiler = startCompiler()
  const verified = new Set<string>()
  const verdicts = new Map<string, boolean>()
  const explorer = { tamper: (input: string) => input, verified, url: '', close: async () => {} }

  async function take({ address, input, contract }: Submission): Promise<string> {
    const runtime = await compiler.compile(explorer.tamper(input), contract)
    const matches = runtime !== undefined && sameCode(runtime, await getCode(address))
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
      compiler.stop()
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

/**
 * Compiles single contracts of a standard JSON input; undefined when the source does not compile or lacks it. The compiler takes seconds, and
 * clients in this process would find their idle connections closed by the time that they look again: it has a process of its own.
 */
function startCompiler() {
  const child = fork(join(import.meta.dirname, 'compilerProcess.ts'))
  const waiting: { resolve: (output: string) => void; reject: (error: Error) => void }[] = []
  child.on('message', (output: string) => waiting.shift()?.resolve(output))
  child.once('exit', (code, signal) => {
    for (const { reject } of waiting)
      reject(new Error(`The compiler's process ended with ${signal ?? `code ${code}`}.`))
  })
  // The same source comes from each explorer's client.
  const runtimes = new Map<string, Promise<Runtime | undefined>>()

  async function run(input: string, file: string, name: string): Promise<Runtime | undefined> {
    const settings = JSON.parse(input)
    settings.settings.outputSelection = { [file]: { [name]: ['evm.deployedBytecode'] } }
    const output = await new Promise<string>((resolve, reject) => {
      waiting.push({ resolve, reject })
      child.send(JSON.stringify(settings), (error) => error && reject(error))
    })
    // The compiler's own output.
    return (JSON.parse(output) as Compiled).contracts?.[file]?.[name]?.evm.deployedBytecode
  }

  return {
    compile(input: string, contract: string): Promise<Runtime | undefined> {
      const key = createHash('sha256').update(`${contract} ${input}`).digest('hex')
      const at = contract.lastIndexOf(':')
      const runtime = runtimes.get(key) ?? run(input, contract.slice(0, at), contract.slice(at + 1))
      runtimes.set(key, runtime)
      return runtime
    },
    stop: () => child.kill(),
  }
}

/** Compares the runtime code of a source with the code on the chain, immutables aside. */
function sameCode(runtime: Runtime, code: string): boolean {
  const masked = (hex: string) => {
    const bytes = Buffer.from(hex, 'hex')
    for (const { start, length } of Object.values(runtime.immutableReferences).flat()) {
      bytes.fill(0, start, start + length)
    }
    return bytes.toString('hex')
  }
  return masked(code.slice(2)) === masked(runtime.object)
}
