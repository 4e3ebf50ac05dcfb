import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { zeroAddress } from 'viem'
import type { JobOrder } from './order.ts'
import { encodeOrderFile, maxOrderBytes, parseOrderFile } from './orderFile.ts'

const deployment = {
  chainId: 31_337,
  deploymentBlock: 0,
  addresses: {
    jobMarket: '0x0000000000000000000000000000000000000001',
    modelRegistry: zeroAddress,
    workerRegistry: zeroAddress,
    proofVerifier: zeroAddress,
    proofAssurance: zeroAddress,
  },
} as const

const order: JobOrder = {
  requester: '0x00000000000000000000000000000000000000AA',
  token: zeroAddress,
  minPrice: 0n,
  maxPrice: 2n ** 96n - 1n,
  rampStart: 3,
  rampSeconds: 2 ** 32 - 1,
  claimDeadline: 5,
  proveSeconds: 6,
  finalDeadline: 2 ** 40 - 1,
  modelId: `0x${'07'.repeat(32)}`,
  inputCommitment: 2n ** 256n - 1n,
  inputRoot: `0x${'09'.repeat(32)}`,
  inputCid: `0x${'0a'.repeat(32)}`,
  assurance: zeroAddress,
  assuranceData: '0x',
  bond: 13n,
  allowedWorker: zeroAddress,
  minContributions: 65_535,
  callback: zeroAddress,
  callbackGas: 0,
  maxFeeBps: 16,
  nonce: 17n,
}
const signed = { order, signature: `0x${'1b'.repeat(65)}` } as const

/** The file of the order above with one place edited as text. */
function fakeFile(from: string, to: string): Uint8Array {
  const text = new TextDecoder().decode(encodeOrderFile(signed, deployment))
  assert.ok(text.includes(from), from)
  return new TextEncoder().encode(text.replace(from, to))
}

describe('order files', () => {
  it('invariant: what was written is read, to the last bit of every number', () => {
    assert.deepEqual(parseOrderFile(encodeOrderFile(signed, deployment), deployment), signed)
  })

  it('behavior: a signature of any length with capitals, as contract accounts give, is read in small letters', () => {
    const long = { order, signature: `0x${'Ab'.repeat(200)}` } as const

    assert.equal(parseOrderFile(encodeOrderFile(long, deployment), deployment).signature, `0x${'ab'.repeat(200)}`)
  })

  const refused: [string, Uint8Array, string][] = [
    ['another chain', fakeFile('"chainId":31337', '"chainId":1'), 'chainId'],
    [
      'another market',
      fakeFile('"market":"0x0000000000000000000000000000000000000001"', `"market":"${zeroAddress}"`),
      'market',
    ],
    ['an amount of 97 bits', fakeFile(String(order.maxPrice), String(2n ** 96n)), 'order.maxPrice'],
    ['an amount that is no text', fakeFile('"bond":"13"', '"bond":13'), 'order.bond'],
    ['an amount that is no number', fakeFile('"bond":"13"', '"bond":"x"'), 'order.bond'],
    ['a negative amount', fakeFile('"bond":"13"', '"bond":"-13"'), 'order.bond'],
    ['a time of 41 bits', fakeFile(String(2 ** 40 - 1), String(2 ** 40)), 'order.finalDeadline'],
    ['a model id of 31 bytes', fakeFile('07'.repeat(32), '07'.repeat(31)), 'order.modelId'],
    ['half a byte of signature', fakeFile('1b1b1b"', '1b1b1"'), 'signature'],
    ['a member too many', fakeFile('"assay":1', '"assay":1,"more":1'), '(whole file)'],
    ['no JSON', new TextEncoder().encode('{'), '(whole file)'],
    ['a file without end', new Uint8Array(maxOrderBytes + 1), '(whole file)'],
  ]
  for (const [what, bytes, path] of refused) {
    it(`error: ${what} is refused at ${path}`, () => {
      assert.throws(() => parseOrderFile(bytes, deployment), { name: 'OrderFileInvalidError', path })
    })
  }
})
