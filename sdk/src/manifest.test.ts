import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  canonicalJson,
  checkManifest,
  encodeManifest,
  type Manifest,
  ManifestInvalidError,
  maxManifestBytes,
  parseManifest,
} from './manifest.ts'

const file = { cid: `b${'a'.repeat(58)}`, sha256: `0x${'ab'.repeat(32)}`, bytes: 1 } as const

function fakeManifest(overrides: Partial<Manifest> = {}): Manifest {
  return {
    assay: 1,
    name: 'Digits',
    description: 'Ziffern ☺',
    license: 'MIT',
    graphId: `0x${'01'.repeat(32)}`,
    input: { shape: [28, 28, 1], width: 1, lo: 0, bits: 4, scale: 4, kind: 'image' },
    output: { shape: [2], bits: 24, scale: 10, kind: 'scores', labels: ['no', 'yes'] },
    files: { onnx: file, graph: file, zkey: file },
    setup: { kind: 'insecure-dev', contributions: 0, transcriptHash: `0x${'02'.repeat(32)}` },
    limits: { memoryMb: 512, wallSeconds: 60 },
    constraints: 100,
    ...overrides,
  }
}

describe('manifest', () => {
  it('invariant: canonical JSON sorts keys at every depth, keeps arrays, drops undefined', () => {
    assert.equal(canonicalJson({ b: [{ d: 1, c: 2 }], a: undefined, A: null }), '{"A":null,"b":[{"c":2,"d":1}]}')
  })

  it('invariant: a manifest comes back from its bytes, and its bytes do not depend on the order of its keys', () => {
    const manifest = fakeManifest()
    const turned = Object.fromEntries(Object.entries(manifest).reverse())

    assert.deepEqual(parseManifest(encodeManifest(manifest)), manifest)
    assert.deepEqual(encodeManifest(checkManifest(turned)), encodeManifest(manifest))
  })

  const refused: [string, unknown, string][] = [
    ['a label too few', fakeManifest({ output: { ...fakeManifest().output, labels: ['no'] } }), 'output.labels'],
    ['bits that its width cannot hold', fakeManifest({ input: { ...fakeManifest().input, bits: 9 } }), 'input.bits'],
    [
      'a grid for fewer inputs than there are',
      fakeManifest({ input: { ...fakeManifest().input, grid: { scales: [0], zeros: [0] } } }),
      'input.grid',
    ],
    ['an unknown member', { ...fakeManifest(), extra: 1 }, '(whole file)'],
    ['another version', { ...fakeManifest(), assay: 2 }, 'assay'],
    ['a negative size', fakeManifest({ input: { ...fakeManifest().input, shape: [-1] } }), 'input.shape.0'],
    [
      'a path as CID',
      fakeManifest({ files: { onnx: { ...file, cid: '../x' }, graph: file, zkey: file } }),
      'files.onnx.cid',
    ],
  ]
  for (const [what, value, path] of refused) {
    it(`error: ${what} is refused at ${path}`, () => {
      assert.throws(
        () => checkManifest(value),
        (error) => error instanceof ManifestInvalidError && error.path === path,
      )
    })
  }

  it('error: bytes that are no JSON, no UTF-8 or too many are refused', () => {
    const tooLong = new Uint8Array(maxManifestBytes + 1).fill(32)
    for (const bytes of [new Uint8Array([123]), new Uint8Array([0xff, 0xfe]), tooLong]) {
      assert.throws(() => parseManifest(bytes), ManifestInvalidError)
    }
  })
})
