import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { ProverKind } from '@assay/circuits/chooseProver'
import { encodeVerificationKey, type VerificationKey } from '@assay/circuits/verificationKey'
import { cidOf } from '@assay/sdk/content'
import { encodeManifest, type Manifest } from '@assay/sdk/manifest'
import { computeModelId } from '@assay/sdk/publishModel'
import { keccak256, zeroAddress } from 'viem'
import { createLoadModel } from './loadModel.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-load-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const graphId = `0x${'01'.repeat(32)}` as const
const point = { x: 1n, y: 2n }
const pair = { x: { c0: 1n, c1: 2n }, y: { c0: 3n, c1: 4n } }
const verificationKey: VerificationKey = {
  ...{ alpha1: point, beta2: pair, gamma2: pair, delta2: pair, ic: [point, point] },
}

function manifestWith(prover?: 'native'): Manifest {
  const file = { cid: `b${'a'.repeat(58)}`, sha256: graphId, bytes: 100 }
  return {
    ...{ assay: 1, name: 'Digits', description: '', license: 'MIT', graphId, constraints: 100 },
    input: { shape: [4], width: 1, lo: 0, bits: 4, scale: 4, kind: 'tensor' },
    output: { shape: [2], bits: 24, scale: 10, kind: 'tensor' },
    files: { onnx: file, graph: file, zkey: file },
    setup: { kind: 'insecure-dev', contributions: 0, transcriptHash: graphId },
    limits: { memoryMb: 512, wallSeconds: 60 },
    ...(prover && { prover }),
  }
}

/** Loads a model whose manifest says `prover`, and whose key has a domain, where proofs are made by `here`. */
async function load({ says, domainSize, here }: { says?: 'native'; domainSize: number; here: ProverKind }) {
  const manifest = encodeManifest(manifestWith(says))
  const manifestCid = await cidOf(manifest)
  const keyHash = keccak256(encodeVerificationKey(verificationKey))
  const modelId = computeModelId({ graphId, keyHash, owner: zeroAddress })
  let filesHeld = 0
  const loadModel = createLoadModel({
    readModel: async () => ({ modelId, owner: zeroAddress, graphId, keyHash, manifestCid }),
    cache: {
      hold: async () => {
        filesHeld++
        return { paths: ['graph', 'zkey'], release: () => {} }
      },
    },
    fetchVerified: async () => manifest,
    inspectModel: async () => ({
      ...{ graphId, verificationKey, domainSize },
      signals: {
        input: { count: 4, width: 1, lo: 0, bits: 4 },
        output: { count: 2, bits: 24, words: 1, isHashed: false },
      },
    }),
    manifestDirectory: folder,
    limits: { maxModelBytes: 1000, memoryMb: 512, wallSeconds: 60 },
    prover: here,
  })
  const loading = loadModel(modelId, new AbortController().signal)
  return { loading, filesHeld: () => filesHeld }
}

describe('loadModel', () => {
  it('error: a model for the native prover alone is declined without it, before its files are fetched', async () => {
    const { loading, filesHeld } = await load({ says: 'native', domainSize: 6144, here: 'snarkjs' })

    await assert.rejects(loading, { name: 'JobRefusedError', reason: 'prover-missing' })
    assert.equal(filesHeld(), 0)
  })

  it('soundness: a key for the native prover alone whose manifest does not say so is no model for anybody', async () => {
    for (const here of ['native', 'snarkjs'] as const) {
      const { loading } = await load({ domainSize: 6144, here })

      await assert.rejects(loading, { name: 'JobRefusedError', reason: 'model-invalid' })
    }
  })

  it('behavior: the native prover takes every model, snarkjs those whose domain is a power of two', async () => {
    for (const given of [
      { says: 'native', domainSize: 6144, here: 'native' },
      { domainSize: 8192, here: 'native' },
      { domainSize: 8192, here: 'snarkjs' },
    ] as const) {
      const { manifest } = await (await load(given)).loading

      assert.equal(manifest.prover, 'says' in given ? given.says : undefined)
    }
  })
})
