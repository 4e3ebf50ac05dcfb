import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { network } from 'hardhat'

const fixture = new URL('../fixtures/proofs/mixedDomain.json', import.meta.url)
const { key, proof, signals }: { key: string; proof: string[]; signals: string[] } = JSON.parse(
  readFileSync(fixture, 'utf8'),
)

describe('mixedDomain', () => {
  it('soundness: the market’s verifier takes a proof on a domain that is no power of two, and no other', async () => {
    const { ethers } = await network.create()
    const verifier = await ethers.deployContract('ProofVerifier')
    await verifier.storeKey(key)
    const keyHash = ethers.keccak256(key)
    const answer = (words: string[], of: string[]) => verifier.verify(keyHash, words, of)

    expect(await answer(proof, signals)).to.equal(true)
    expect(await answer(proof, signals.with(0, '0x24'))).to.equal(false)
    expect(await answer([...proof.slice(0, 6), ...proof.slice(0, 2)], signals)).to.equal(false)
  })
})
