import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setImmediate as pause } from 'node:timers/promises'
import { applyBeacon } from '@assay/circuits/applyBeacon'
import { sampleInput } from '@assay/circuits/intervals'
import { makeLocalPhase1 } from '@assay/circuits/makeLocalPhase1'
import { toSnarkjsProof } from '@assay/circuits/proof'
import { prove } from '@assay/circuits/prove'
import { computeWitness } from '@assay/circuits/witness'
import { modelRegistryAbi } from '@assay/sdk/abi/modelRegistry'
import { announceBeacon } from '@assay/sdk/announceBeacon'
import { beaconName, encodeCeremony, parseCeremony } from '@assay/sdk/ceremonyRecord'
import {
  acceptPhase1,
  acceptSample,
  prepareSample,
  readCeremonyGraph,
  verifyCeremonyKey,
} from '@assay/sdk/ceremonySetup'
import { addContent, fetchContent } from '@assay/sdk/content'
import { getModel } from '@assay/sdk/getModel'
import { encodeManifest, parseManifest } from '@assay/sdk/manifest'
import { publishCeremony } from '@assay/sdk/publishCeremony'
import type { PublishRecord } from '@assay/sdk/publishModel'
import { accountOf } from '@assay/sdk/sendCall'
import { type ContractFunctionArgs, decodeFunctionData, type Hash, type Hex } from 'viem'
import { getTransaction, getTransactionCount, simulateContract, writeContract } from 'viem/actions'
import { type LocalChain, startLocalChain } from './localChain.ts'
import { runAssay } from './runAssay.ts'
import { prepareTinyModel, publishTinyModel, tinyCalibration, tinyOnnx } from './tinyModel.ts'

type RegisterModelArgs = ContractFunctionArgs<typeof modelRegistryAbi, 'nonpayable', 'registerModel'>

/** Notes that a process keeps to itself. */
function fakeNotes<Note>(kept: Note) {
  let note = kept
  return {
    read: async () => note,
    write: async (next: Note) => {
      note = next
    },
  }
}

describe('a setup ceremony from the command line', () => {
  let chain: LocalChain
  let folder: string
  const path = (name: string) => join(folder, name)
  const phase1 = () => ['--phase1', path('local.ptau'), '--phase1-local']

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-ceremony-'))
    chain = await startLocalChain()
    writeFileSync(path('network.json'), JSON.stringify(chain.network))
    writeFileSync(path('model.onnx'), tinyOnnx())
    writeFileSync(path('calibration.json'), JSON.stringify(tinyCalibration.map((values) => [...values])))
    const limits = { memoryMb: 1024, wallSeconds: 300, threads: 1 }
    await makeLocalPhase1({ power: 8, outPath: path('local.ptau'), limits })
    await makeLocalPhase1({ power: 8, outPath: path('other.ptau'), limits })
  })

  after(async () => {
    await chain?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Everybody has a machine, and so a folder, of their own. */
  const assay = (account: number, ...args: string[]) =>
    runAssay([
      ...['--network', path('network.json'), '--json', ...args],
      ...['--dev-account', String(account), '--cache', path(`cache-${account}`)],
    ])
  const succeed = async (account: number, ...args: string[]) => {
    const { exitCode, stdout, stderr } = await assay(account, ...args)
    assert.equal(exitCode, 0, stderr)
    const parsed: unknown = JSON.parse(stdout)
    // Each test names the members that it reads, and they are compared.
    return parsed as Record<string, unknown>
  }
  const begin = async (name: string) => {
    const { cid } = await succeed(
      ...([3, 'model', 'publish', path('model.onnx'), '--name', name] as const),
      ...['--calibration', path('calibration.json'), ...phase1()],
    )
    return String(cid)
  }

  it('behavior: two contribute, the owner seals with an announced block, and anyone verifies the registered model', async () => {
    const begun = await begin('ceremony of two')
    assert.equal(await begin('ceremony of two'), begun, 'a repeated start gives the same record')
    const anna = await succeed(4, 'model', 'contribute', begun, '--name', 'Anna')
    const ben = await succeed(5, 'model', 'contribute', String(anna.cid), '--name', 'Ben', ...phase1())
    const sealed = await succeed(3, 'model', 'seal', String(ben.cid), '--delay', '2', ...phase1())
    const sent = await getTransactionCount(chain.clientOf(3), { address: chain.addressOf(3) })
    const again = await succeed(3, 'model', 'seal', String(ben.cid), '--delay', '9', ...phase1())

    const modelId = sealed.modelId as Hex
    const verified = await succeed(6, 'model', 'verify-setup', modelId, ...phase1())
    const { setup } = await getModel(chain.clientOf(0), { deployment: chain.network, modelId })
    assert.equal(again.modelId, modelId, 'a repeated seal finds what it did')
    assert.equal(await getTransactionCount(chain.clientOf(3), { address: chain.addressOf(3) }), sent)
    assert.equal(setup.kind, 'owner-only', 'a phase 1 of one machine is the trust of one party')
    assert.equal(verified.transcriptHash, setup.transcriptHash)
    assert.deepEqual(
      (verified.contributions as { name: string; account: string }[]).map(({ name, account }) => [name, account]),
      [
        ['Anna', chain.addressOf(4)],
        ['Ben', chain.addressOf(5)],
      ],
    )
    const late = await assay(4, 'model', 'contribute', String(sealed.ceremony), '--name', 'Late')
    assert.equal(late.exitCode, 1)
    assert.match(late.stderr, /is sealed already; begin another one/)
    const foreign = await assay(6, 'model', 'verify-setup', modelId, '--phase1', path('other.ptau'), '--phase1-local')
    assert.equal(foreign.exitCode, 1, 'another phase 1 cannot have made this key')
  })

  it('behavior: sealed by the actions of the SDK, as a page does it, a model verifies, and nothing is sent twice', async () => {
    const { cid } = await succeed(4, 'model', 'contribute', await begin('sealed by the SDK'), '--name', 'Anna')
    const { gatewayUrl } = chain.network
    const fetched = (file: string) => fetchContent({ gatewayUrl, cid: file, maxBytes: 2 ** 20 })
    const record = await parseCeremony(await fetched(String(cid)))
    const files = { onnx: await fetched(record.files.onnx.cid), graph: await fetched(record.files.graph.cid) }
    writeFileSync(path('open.zkey'), await fetched(record.files.zkey.cid))
    const client = chain.clientOf(3)
    const sentBy = () => getTransactionCount(client, { address: chain.addressOf(3) })

    const before = await sentBy()
    const announcement = fakeNotes<Hash | undefined>(undefined)
    const announce = () => announceBeacon(client, { record, delayBlocks: 2, notes: announcement })
    const announced = await announce()
    assert.deepEqual(await announce(), announced)
    const { block, blockHash } = announced
    const [zkeyPath, outPath] = [path('open.zkey'), path('sealed.zkey')]
    await applyBeacon({ zkeyPath, outPath, blockHash, name: beaconName({ block, chainId: record.chainId }) })
    const zkey = new Uint8Array(readFileSync(outPath))
    const graph = readCeremonyGraph(record, files.graph)
    const bytes = new Uint8Array(readFileSync(path('local.ptau')))
    const chosen = { is: await acceptPhase1(record, { name: 'local.ptau', bytes, pause }), bytes }
    // What is derived here is compared by verify-setup below.
    const derive = async () => undefined
    const transcript = await verifyCeremonyKey(record, { graph, phase1: chosen, zkey, derive, pause })
    const { witness, signals } = computeWitness(graph, { input: sampleInput(graph), binding: 0n })
    const { proof } = await prove({ zkeyPath: outPath, witness })
    const answer = { proof: toSnarkjsProof(proof), publicSignals: signals.map(String) }
    const sample = acceptSample({ zkey, signals: prepareSample(graph).signals, answer })
    const publication = fakeNotes<PublishRecord>({})
    const publish = () =>
      publishCeremony(client, {
        network: chain.network,
        ceremony: { cid: String(cid), record, announced, transcript, files: { ...files, zkey }, sample },
        notes: publication,
        signal: AbortSignal.timeout(60_000),
      })
    const { model, ceremonyCid, hash } = await publish()
    const again = await publish()

    assert.ok(hash !== undefined && again.hash === undefined)
    assert.equal(again.ceremonyCid, ceremonyCid)
    assert.equal(await sentBy(), before + 2, 'one announcement and one registration')
    const verified = await succeed(6, 'model', 'verify-setup', model.modelId, ...phase1())
    assert.equal(verified.transcriptHash, model.setup.transcriptHash)
  })

  it('soundness: a registered model whose record names another block, transaction or contributor is found out', async () => {
    const begun = await begin('forged later')
    const anna = await succeed(4, 'model', 'contribute', begun, '--name', 'Anna')
    const sealed = await succeed(3, 'model', 'seal', String(anna.cid), '--delay', '1', ...phase1())
    const registration = await getTransaction(chain.clientOf(3), { hash: sealed.transaction as Hex })
    const { args } = decodeFunctionData({ abi: modelRegistryAbi, data: registration.input })
    const [params, verificationKey, sample] = args as RegisterModelArgs
    const { gatewayUrl, contentApiUrl } = chain.network
    const fetched = (cid: string) => fetchContent({ gatewayUrl, cid, maxBytes: 2 ** 20 })
    const manifest = parseManifest(await fetched(params.manifestCid))
    const record = await parseCeremony(await fetched(String(sealed.ceremony)))
    const open = await parseCeremony(await fetched(String(anna.cid)))
    const { seal } = record
    assert.ok(seal !== undefined)
    const { contributions: own } = await parseCeremony(
      await fetched(String((await succeed(5, 'model', 'contribute', begun, '--name', 'Eve')).cid)),
    )
    const upload = (bytes: Uint8Array) => addContent({ apiUrl: contentApiUrl, bytes })
    const openForged = await upload(encodeCeremony({ ...open, contributions: own }))
    const forgeries: [typeof record, RegExp][] = [
      [{ ...record, seal: { ...seal, block: seal.block + 1 } }, /announced block is \d+, not \d+/],
      [{ ...record, seal: { ...seal, transaction: registration.hash } }, /not announced by that transaction/],
      [{ ...record, seal: { ...seal, record: begun } }, /list of contributions since the announcement/],
      [{ ...record, contributions: own, seal: { ...seal, record: openForged } }, /not announced by that transaction/],
    ]

    for (const [index, [forged, sentence]] of forgeries.entries()) {
      const setup = { ...manifest.setup, ceremony: await upload(encodeCeremony(forged)) }
      const manifestCid = await upload(encodeManifest({ ...manifest, setup }))
      const forger = chain.clientOf(7 + index)
      const call = {
        address: chain.network.addresses.modelRegistry,
        abi: modelRegistryAbi,
        functionName: 'registerModel',
      } as const
      const { request, result } = await simulateContract(forger, {
        ...call,
        account: accountOf(forger),
        args: [{ ...params, manifestCid }, verificationKey, sample],
      })
      await writeContract(forger, request)
      const { exitCode, stderr } = await assay(6, 'model', 'verify-setup', result, ...phase1())
      assert.equal(exitCode, 1)
      assert.match(stderr, sentence)
    }
  })

  it('soundness: a record that claims the contribution of another key is refused', async () => {
    const begun = await begin('claimed')
    const anna = await succeed(4, 'model', 'contribute', begun, '--name', 'Anna')
    const { gatewayUrl, contentApiUrl } = chain.network
    const fetched = (cid: unknown) => fetchContent({ gatewayUrl, cid: String(cid), maxBytes: 2 ** 20 })
    const before = await parseCeremony(await fetched(begun))
    const { contributions } = await parseCeremony(await fetched(anna.cid))
    const forged = await addContent({ apiUrl: contentApiUrl, bytes: encodeCeremony({ ...before, contributions }) })

    const { exitCode, stderr } = await assay(5, 'model', 'contribute', forged, '--name', 'Ben')

    assert.equal(exitCode, 1)
    assert.match(stderr, /number of signed contributions is 1, not 0/)
  })

  it('error: an empty ceremony, a stranger, and a development setup each get their sentence', async () => {
    const begun = await begin('refused')
    const empty = await assay(3, 'model', 'seal', begun, ...phase1())
    const anna = await succeed(4, 'model', 'contribute', begun, '--name', 'Anna')
    const stranger = await assay(4, 'model', 'seal', String(anna.cid), ...phase1())
    const { model } = await publishTinyModel(chain, await prepareTinyModel(path('setup')))
    const insecure = await assay(6, 'model', 'verify-setup', model.modelId, ...phase1())

    assert.match(empty.stderr, /Nobody has contributed to the ceremony/)
    assert.match(stranger.stderr, /name the owner's key to seal it/)
    assert.match(insecure.stderr, /is `insecure-dev` and its secret is public/)
    assert.deepEqual(
      [empty, stranger, insecure].map(({ exitCode }) => exitCode),
      [1, 1, 1],
    )
  })
})
