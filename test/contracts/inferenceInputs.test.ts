import { execFileSync } from 'node:child_process'
import { commitInput } from '@assay/circuits/inputCommitment'
import { packInput, packOutput } from '@assay/circuits/packing'
import { poseidon } from '@assay/circuits/primitives/poseidon'
import { encodeTensor } from '@assay/circuits/tensorBytes'
import { tensorRoot, toHex } from '@assay/circuits/tensorRoot'
import { sha256 } from '@noble/hashes/sha2.js'
import { expect } from 'chai'
import { network } from 'hardhat'
// Gives deployContract the generated types of our contracts.
import type {} from '../../types/ethers/hardhat.d.ts'

/** The same values each time: splitmix64. */
function randomWords(seed: bigint) {
  let state = seed
  return (bits: number) => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n)
    let z = state
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n)
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn)
    return (z ^ (z >> 31n)) & ((1n << BigInt(bits)) - 1n)
  }
}

describe('Inputs that a contract builds', () => {
  it('invariant: the constants are the ones that the circuits use', () => {
    execFileSync(process.execPath, ['scripts/generatePoseidon.ts', '--check'])
  })

  it('soundness: Poseidon of one word is the circuits’ own', async () => {
    const { ethers } = await network.create('default')
    const inputs = await ethers.deployContract('InferenceInputsMock')
    const random = randomWords(1n)
    const words = [0n, 1n, (1n << 248n) - 1n, ...Array.from({ length: 8 }, () => (random(64) << 128n) | random(64))]

    for (const word of words) expect(await inputs.hash(word)).to.equal(poseidon([word]))
  })

  it('soundness: commitment, root, content address and bytes are what circuits and sdk make of the same values', async () => {
    const { ethers } = await network.create('default')
    const inputs = await ethers.deployContract('InferenceInputsMock')
    const random = randomWords(2n)
    const layouts = [
      { lo: 0, bits: 4, width: 1 },
      { lo: -128, bits: 8, width: 1 },
      { lo: -5, bits: 16, width: 4 },
      { lo: 0, bits: 15, width: 2 },
      { lo: -1, bits: 1, width: 2 },
    ] as const

    for (const { lo, bits, width } of layouts) {
      for (const count of [1, 2, Math.floor(248 / bits)]) {
        const values = Int32Array.from({ length: count }, () => Number(random(bits)) + lo)
        const tensor = encodeTensor(values, width)

        const input = await inputs.build([...values], { lo, bits, width })

        expect(input.tensor).to.equal(toHex(tensor))
        expect(input.inputRoot).to.equal(tensorRoot(tensor))
        expect(input.inputCid).to.equal(toHex(sha256(tensor)))
        expect(input.inputCommitment).to.equal(commitInput(packInput(values, { lo, bits })))
      }
    }
  })

  it('behavior: unpacks what the circuits pack', async () => {
    const { ethers } = await network.create('default')
    const inputs = await ethers.deployContract('InferenceInputsMock')
    const random = randomWords(3n)

    for (const bits of [2, 8, 24, 31]) {
      const values = Int32Array.from({ length: 23 }, () => Number(random(bits)) - 2 ** (bits - 1))
      const unpacked = await inputs.unpack(packOutput(values, { bits }), values.length, bits)

      expect(unpacked.map(Number)).to.deep.equal([...values])
    }
  })
})
