import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { chooseProver } from '@assay/circuits/chooseProver'
import type { Network } from '@assay/sdk/deployment'
import { createClient, custom, numberToHex } from 'viem'
import {
  ChainDiffersError,
  ClockSkewedError,
  CodeAbsentError,
  checkChain,
  checkClock,
  checkContentApi,
  checkDeployment,
  checkDisk,
  checkGateway,
  checkNode,
  checkProver,
  DiskShortError,
  NodeOldError,
  runChecks,
  ServiceUnfitError,
} from './doctorChecks.ts'

const address = `0x${'0a'.repeat(20)}` as const
const signal = new AbortController().signal
const noArtifacts = join(tmpdir(), 'assay-no-artifacts-here')

function fakeNetwork(overrides: Partial<Network> = {}): Network {
  return {
    name: 'test',
    chainId: 5,
    rpcUrl: 'http://127.0.0.1:1',
    contentApiUrl: 'http://127.0.0.1:1',
    gatewayUrl: 'http://127.0.0.1:1',
    appUrl: 'http://127.0.0.1:1',
    deploymentBlock: 0,
    addresses: {
      jobMarket: address,
      modelRegistry: address,
      workerRegistry: address,
      proofVerifier: address,
      proofAssurance: address,
    },
    ...overrides,
  }
}

/** A client of a chain that gives these answers. */
function fakeClient(answers: Record<string, unknown>) {
  return createClient({ transport: custom({ request: async ({ method }) => answers[method] }) })
}

const blockAt = (seconds: number) => fakeClient({ eth_getBlockByNumber: { timestamp: numberToHex(seconds) } })

/** A server that answers everything with one status. */
async function serve(t: TestContext, status: number): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  // It listens on TCP, so this is its address.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('behavior: a check that throws has failed with its sentence, and the others are made', async () => {
  const findings = await runChecks([
    { name: 'node', look: () => checkNode('18.1.0') },
    { name: 'disk', look: () => 'enough' },
  ])

  assert.deepEqual(findings, [
    { name: 'node', ok: false, detail: 'Node is 18.1.0; install Node 24 or later.' },
    { name: 'disk', ok: true, detail: 'enough' },
  ])
})

test('error: another chain at the network’s URL is named', async () => {
  const client = fakeClient({ eth_chainId: '0x7' })

  await assert.rejects(checkChain(client, fakeNetwork()), (error) => {
    assert.ok(error instanceof ChainDiffersError)
    assert.deepEqual([error.actual, error.expected], [7, 5])
    return true
  })
  assert.match(await checkChain(client, fakeNetwork({ chainId: 7 })), /chain 7/)
})

test('error: an address without code is named, and without artifacts the code is not called compared', async () => {
  const parameters = { network: fakeNetwork(), artifacts: noArtifacts }

  await assert.rejects(checkDeployment(fakeClient({ eth_getCode: '0x' }), parameters), (error) => {
    assert.ok(error instanceof CodeAbsentError)
    assert.deepEqual([error.contract, error.address], ['jobMarket', address])
    return true
  })
  assert.match(await checkDeployment(fakeClient({ eth_getCode: '0x01' }), parameters), /^5 .* not compared/)
})

test('error: a clock behind the chain and a chain that stands still are told apart', async () => {
  const at = (seconds: number) => checkClock(blockAt(seconds), { chainId: 5, nowSeconds: 10_000 })
  const aheadSeconds = async (seconds: number) => {
    const error: unknown = await at(seconds).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof ClockSkewedError)
    return error.aheadSeconds
  }

  assert.equal(await aheadSeconds(10_031), 31)
  assert.equal(await aheadSeconds(9699), -301)
  assert.match(await at(10_030), /30 s ahead/)
  assert.match(await at(9700), /300 s old/)
})

test('behavior: a local chain’s clock is told and not judged', async () => {
  assert.match(await checkClock(blockAt(90_000), { chainId: 31_337, nowSeconds: 10 }), /89990 s ahead/)
})

test('error: content services that are down or fail are named', async (t) => {
  const url = await serve(t, 503)
  const network = fakeNetwork({ contentApiUrl: url })

  await assert.rejects(checkContentApi(fakeNetwork(), signal), ServiceUnfitError)
  await assert.rejects(checkContentApi(network, signal), ServiceUnfitError)
  await assert.rejects(checkGateway(fakeNetwork(), signal), ServiceUnfitError)
  await assert.rejects(checkGateway(fakeNetwork({ gatewayUrl: url }), signal), ServiceUnfitError)
})

test('behavior: an API must accept the call, and a gateway may lack the block', async (t) => {
  const url = await serve(t, 404)
  const network = fakeNetwork({ contentApiUrl: url, gatewayUrl: url })

  await assert.rejects(checkContentApi(network, signal), ServiceUnfitError)
  assert.equal(await checkGateway(network, signal), `${url} answers`)
})

test('error: a disk with less than 1 GiB is too short', () => {
  assert.throws(() => checkDisk('keys', 2 ** 30 - 1), DiskShortError)
  assert.equal(checkDisk('keys', 2 ** 30), '1024 MiB are free for keys')
})

test('error: Node before 24 is too old', () => {
  assert.throws(() => checkNode('22.20.0'), NodeOldError)
  assert.equal(checkNode('24.0.0'), 'Node 24.0.0')
})

test('behavior: the prover is measured, and what the other would take follows', async () => {
  const { kind } = await chooseProver()
  const textOf = (factor: number) => checkProver(signal, async () => ({ kind, threads: 2, factor }))

  const [usual, slow] = await Promise.all([textOf(1), textOf(10)])

  const other = kind === 'native' ? 'snarkjs' : 'native'
  const pattern = new RegExp(`^${kind}.*takes about ([0-9.]+) s; ${other} would take ([0-9.]+) s$`)
  const [, own, others] = pattern.exec(usual) ?? []
  assert.ok(kind === 'native' ? Number(own) * 5 < Number(others) : Number(others) * 5 < Number(own), usual)
  assert.ok(Number(pattern.exec(slow)?.[1]) > 8 * Number(own), slow)
})

test('behavior: a measurement on this machine gives a factor', async () => {
  assert.match(await checkProver(signal), /takes about [0-9.]+ s/)
})
