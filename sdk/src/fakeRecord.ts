import type { CeremonyRecord } from './ceremonyRecord.ts'

const file = { cid: `b${'a'.repeat(58)}`, sha256: `0x${'ab'.repeat(32)}`, bytes: 1 } as const
const blake2b = 'cd'.repeat(64)

/** For tests: the record of a ceremony on a local chain to which nobody has contributed. */
export function fakeRecord(): CeremonyRecord {
  return {
    ceremony: 1,
    chainId: 31_337,
    owner: `0x${'11'.repeat(20)}`,
    manifest: {
      assay: 1,
      name: 'Digits',
      description: '',
      license: 'MIT',
      graphId: `0x${'01'.repeat(32)}`,
      input: { shape: [4], width: 1, lo: 0, bits: 4, scale: 4, kind: 'tensor' },
      output: { shape: [2], bits: 24, scale: 10, kind: 'tensor' },
      limits: { memoryMb: 512, wallSeconds: 60 },
      constraints: 100,
    },
    royaltyBps: 500,
    floorPrice: '100',
    phase1: { name: 'local', power: 8, blake2b },
    files: { onnx: file, graph: file, zkey: file },
    contributions: [],
  }
}
