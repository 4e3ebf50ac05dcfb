import { expect } from 'chai'
import { proveAnswer } from '../fixtures/groth16/proveAnswer.ts'
import { freshMarket, genesis, inputCommitment, nativeToken } from './market.ts'

const price = 2n * 10n ** 15n

/** A market with the contracts around it, and one job of the requester that `worker` has claimed and proved. */
async function provedJob(overrides = {}) {
  const m = await freshMarket()
  const { market, verifier, ethers, deployment } = m
  const results = await ethers.deployContract('ResultRegistry', [market, verifier, deployment.proofAssurance])
  const stats = await ethers.deployContract('ModelStats', [market, deployment.proofAssurance])
  const lens = await ethers.deployContract('MarketLens', [market, stats])
  const order = m.fakeOrder({ minPrice: price, ...overrides })
  const jobId = await market.hashOrder(order)
  const { proof, signals } = await m.answer(order, m.worker.address)
  return { ...m, results, stats, lens, order, jobId, proof, signals, outputs: signals.slice(0, 2) }
}

describe('Contracts around the market, with real proofs', () => {
  it('soundness: the registry records what a proof holds for, and nothing else', async () => {
    const { results, order, jobId, worker, stranger, proof, outputs } = await provedJob()
    const recordAs = (changes: { outputs?: bigint[]; commitment?: bigint; worker?: string; proof?: typeof proof }) =>
      results
        .connect(stranger)
        .record(
          order.modelId,
          changes.commitment ?? inputCommitment,
          changes.outputs ?? outputs,
          changes.proof ?? proof,
          jobId,
          changes.worker ?? worker.address,
          { gasLimit: 3_000_000 },
        )

    const [first = 0n, ...rest] = outputs
    for (const wrong of [
      { outputs: [first + 1n, ...rest] },
      { commitment: inputCommitment + 1n },
      { worker: stranger.address },
      { outputs: rest },
    ]) {
      await expect(recordAs(wrong)).to.be.revertedWithCustomError(results, 'ProofRejected')
    }
    await recordAs({})

    expect(await results.resultOf(order.modelId, inputCommitment)).to.deep.equal(outputs)
    expect((await results.recordOf(order.modelId, inputCommitment)).worker).to.equal(worker.address)
  })

  it('behavior: a settled job tells the registry its answer', async () => {
    const { market, results, requester, worker, lens, stats, ...m } = await provedJob()
    const order = m.fakeOrder({
      minPrice: price,
      callback: await results.getAddress(),
      callbackGas: 200_000,
      nonce: 9n,
    })
    await results.announceJob(order)
    await market.connect(requester).requestJob(order, { value: price })
    expect(await lens.preflightClaim(order, worker.address)).to.equal(0n)
    await market.connect(worker).claimJob(order)
    const { result, signals } = await m.answer(order, worker.address)
    expect(await lens.preflightSubmit(order, result)).to.equal(0n)
    await market.submitResult(order, result)

    expect(await results.resultOf(order.modelId, inputCommitment)).to.deep.equal(signals.slice(0, 2))
    await stats.recordJobs([order])
    expect((await lens.quote(order, genesis)).recent.clearingPrice).to.equal(price)
  })

  it('soundness: the lens knows a bad proof before it is sent', async () => {
    const { market, lens, order, requester, worker, proof, signals, resultOf } = await provedJob()
    await market.connect(requester).requestJob(order, { value: price })
    await market.connect(worker).claimJob(order)
    const [first = 0n, ...rest] = signals

    const reason = await lens.preflightSubmit(order, resultOf(proof, [first + 1n, ...rest]))

    // EvidenceRejected.
    expect(reason).to.equal(30n)
    expect(await lens.preflightSubmit(order, resultOf(proof, signals))).to.equal(0n)
  })

  it('behavior: a proof completes an ERC-8183 job, and another provider’s does not', async () => {
    const { ethers, market, deployer, requester, worker, otherWorker, deployment, order, resultOf } = await provedJob()
    const token = await ethers.deployContract('TokenMock')
    await market.connect(deployer).allowToken(token, true)
    const commerce = await ethers.deployContract('AgenticCommerceAdapter', [market, token, deployment.proofAssurance])
    await token.mint(requester.address, price)
    await token.connect(requester).approve(commerce, price)
    const client = commerce.connect(requester)
    await client.createJob(otherWorker.address, commerce, genesis + 50_000, 'answer', nativeToken)
    await client.setBudget(1n, price, '0x')
    await client.setTerms(1n, {
      modelId: order.modelId,
      inputCommitment,
      inputRoot: order.inputRoot,
      inputCid: order.inputCid,
      minContributions: 0,
      maxFeeBps: 500,
    })
    await client.fund(1n, price, '0x')
    const marketJobId = await commerce.marketJobOf(1n)
    const answerOf = async (provider: string) => {
      const binding = await market.bindingOf(marketJobId, provider)
      const { proof, signals } = await proveAnswer({ inputCommitment, binding })
      return resultOf(proof, signals)
    }
    const result = await answerOf(otherWorker.address)

    await expect(commerce.evaluate(1n, await answerOf(worker.address))).to.be.revertedWithCustomError(
      market,
      'EvidenceRejected',
    )
    await expect(commerce.connect(worker).evaluate(1n, result))
      .to.emit(commerce, 'PaymentReleased')
      .withArgs(1n, otherWorker.address, (price * 925n) / 1000n)

    expect((await market.balanceOf(otherWorker.address, token)).free).to.equal((price * 925n) / 1000n)
  })
})
