import { expect } from 'chai'
import { freshMarket, genesis, inputCommitment, jobState, nativeToken } from './market.ts'

const price = 2n * 10n ** 15n
const scalarOrder = 21888242871839275222246405745257275088548364400416034343698204186575808495617n

/** A market with one job of the requester claimed by `worker`. */
async function claimedJob() {
  const m = await freshMarket()
  const order = m.fakeOrder({ minPrice: price })
  const jobId = await m.market.hashOrder(order)
  await m.market.connect(m.requester).requestJob(order, { value: price })
  await m.market.connect(m.worker).claimJob(order)
  return { ...m, order, jobId }
}

describe('A proved job', () => {
  it('behavior: S0-ESC-2 goes from request to claim to a real proof, and pays worker, model owner and treasury', async () => {
    const { market, workers, order, jobId, worker, owner, requester, stranger, answer, deployment } = await claimedJob()
    const { result } = await answer(order, worker.address)

    // Anyone may relay the answer; the claimed worker is paid.
    await expect(market.connect(stranger).submitResult(order, result))
      .to.emit(market, 'JobSettled')
      .withArgs(jobId, worker.address, price - price / 20n - price / 40n, price / 20n, price / 40n)

    const free = async (account: string) => (await market.balanceOf(account, nativeToken)).free
    expect((await market.jobOf(jobId)).state).to.equal(jobState.settled)
    expect(await free(worker.address)).to.equal((price * 925n) / 1000n)
    expect(await free(owner.address)).to.equal(price / 20n)
    expect(await free(await market.treasury())).to.equal(price / 40n)
    expect((await market.balanceOf(requester.address, nativeToken)).locked).to.equal(0n)
    expect((await workers.workerOf(worker.address)).bonded).to.equal(0n)
    expect(deployment.jobMarket).to.equal(await market.getAddress())
  })

  it('behavior: pays the worker out on withdrawal', async () => {
    const { market, ethers, order, worker, answer } = await claimedJob()
    await market.submitResult(order, (await answer(order, worker.address)).result)
    const share = (price * 925n) / 1000n

    const withdrawal = market.connect(worker).withdraw(nativeToken, share, worker.address)

    await expect(withdrawal).to.changeEtherBalances(ethers, [market, worker], [-share, share])
  })

  it('soundness: S1-ZK-3 refuses a proof with any one word tampered', async () => {
    const { market, order, jobId, worker, answer, resultOf } = await claimedJob()
    const { proof, signals } = await answer(order, worker.address)

    for (let word = 0; word < 8; word++) {
      const tampered = resultOf(proof, signals)
      const words = [...proof]
      words[word] = (words[word] ?? 0n) ^ 1n
      const evidence = tampered.evidence.slice(0, 2) + words.map((w) => w.toString(16).padStart(64, '0')).join('')
      await expect(market.submitResult(order, { ...tampered, evidence }, { gasLimit: 3_000_000 }))
        .to.be.revertedWithCustomError(market, 'EvidenceRejected')
        .withArgs(jobId)
    }
    expect((await market.jobOf(jobId)).state).to.equal(jobState.claimed)
  })

  it('soundness: S1-ZK-3 refuses a proof that another worker made for the same job', async () => {
    const { market, order, jobId, otherWorker, answer } = await claimedJob()
    const copied = await answer(order, otherWorker.address)

    await expect(market.connect(otherWorker).submitResult(order, copied.result))
      .to.be.revertedWithCustomError(market, 'EvidenceRejected')
      .withArgs(jobId)
  })

  it('soundness: a copied proof handed in by another worker pays its maker', async () => {
    const { market, order, worker, otherWorker, answer } = await claimedJob()
    const { result } = await answer(order, worker.address)

    await market.connect(otherWorker).submitResult(order, result)

    expect((await market.balanceOf(otherWorker.address, nativeToken)).free).to.equal(0n)
    expect((await market.balanceOf(worker.address, nativeToken)).free).to.be.greaterThan(0n)
  })

  it('soundness: S1-ZK-6 refuses a proof of the same input for another job', async () => {
    const { market, order, jobId, worker, answer, fakeOrder } = await claimedJob()
    const other = await answer(fakeOrder({ minPrice: price, nonce: 1n }), worker.address)

    await expect(market.submitResult(order, other.result))
      .to.be.revertedWithCustomError(market, 'EvidenceRejected')
      .withArgs(jobId)
  })

  it('soundness: S1-ZK-6 refuses other outputs, outputs plus the field order, and a wrong number of outputs', async () => {
    const { market, order, worker, answer, resultOf } = await claimedJob()
    const { proof, signals, result } = await answer(order, worker.address)
    const [first = 0n, second = 0n] = signals
    const wrong = [
      [first + 1n, second],
      [first + scalarOrder, second],
      [second, first],
      [first],
      [first, second, 0n],
      [],
    ]

    for (const outputs of wrong) {
      await expect(market.submitResult(order, { ...resultOf(proof, signals), outputs })).to.be.revertedWithCustomError(
        market,
        'EvidenceRejected',
      )
    }
    await market.submitResult(order, result)
  })

  it('soundness: refuses evidence of another length, and a proof with a coordinate plus the base order', async () => {
    const { market, order, worker, answer, ethers } = await claimedJob()
    const { proof, result } = await answer(order, worker.address)
    const baseOrder = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
    const encode = (words: bigint[]) => ethers.AbiCoder.defaultAbiCoder().encode([`uint256[${words.length}]`], [words])
    const shifted = proof.map((_, index) => encode(proof.map((word, at) => (at === index ? word + baseOrder : word))))

    for (const evidence of ['0x', encode(proof.slice(0, 7)), encode([...proof, 0n]), ...shifted]) {
      await expect(
        market.submitResult(order, { ...result, evidence }, { gasLimit: 3_000_000 }),
      ).to.be.revertedWithCustomError(market, 'EvidenceRejected')
    }
  })

  it('soundness: S2-ESC-4 pays a job once: the same answer again finds it settled', async () => {
    const { market, order, jobId, worker, answer } = await claimedJob()
    const { result } = await answer(order, worker.address)
    await market.submitResult(order, result)

    await expect(market.submitResult(order, result))
      .to.be.revertedWithCustomError(market, 'JobNotInState')
      .withArgs(jobId, jobState.claimed, jobState.settled)
  })

  it('behavior: settles while the market is paused, its model deprecated, and its assurance unlisted', async () => {
    const { market, models, order, jobId, modelId, worker, owner, deployer, answer, deployment } = await claimedJob()
    await market.connect(deployer).setPaused(true)
    await market.connect(deployer).listAssurance(deployment.proofAssurance, 0)
    await models.connect(owner).deprecateModel(modelId)

    await market.submitResult(order, (await answer(order, worker.address)).result)

    expect((await market.jobOf(jobId)).state).to.equal(jobState.settled)
  })

  it('behavior: a re-opened job is answered by another worker', async () => {
    const { market, networkHelpers, order, jobId, otherWorker, answer } = await claimedJob()
    await networkHelpers.time.increase(601)
    await market.expireJob(order)
    await market.connect(otherWorker).claimJob(order)

    await market.submitResult(order, (await answer(order, otherWorker.address)).result)

    expect((await market.jobOf(jobId)).worker).to.equal(otherWorker.address)
    expect((await market.jobOf(jobId)).state).to.equal(jobState.settled)
  })

  it('error: S0-ESC-3 refuses an answer for a job that nobody claimed, and one after its due time', async () => {
    const { market, networkHelpers, order, fakeOrder, requester, worker, answer } = await claimedJob()
    const open = fakeOrder({ minPrice: price, nonce: 1n })
    await market.connect(requester).requestJob(open, { value: price })
    const { result } = await answer(order, worker.address)

    await expect(market.submitResult(open, result)).to.be.revertedWithCustomError(market, 'JobNotInState')
    await networkHelpers.time.increase(601)
    await expect(market.submitResult(order, result)).to.be.revertedWithCustomError(market, 'DeadlinePassed')
  })

  it('behavior: the job id is the EIP-712 digest that a wallet signs', async () => {
    const { market, ethers, order, jobId } = await claimedJob()
    const members = market.interface.getFunction('hashOrder').inputs[0]?.components ?? []
    const types = { JobOrder: members.map(({ name, type }) => ({ name, type })) }
    const domain = {
      name: 'Assay JobMarket',
      version: '1',
      chainId: 31_337,
      verifyingContract: await market.getAddress(),
    }

    expect(ethers.TypedDataEncoder.hash(domain, types, { ...order })).to.equal(jobId)
  })

  it('behavior: the binding is the shifted hash of chain, market, job and worker', async () => {
    const { market, ethers, jobId, worker } = await claimedJob()

    const encoded = ethers.AbiCoder.defaultAbiCoder().encode(
      ['uint256', 'address', 'bytes32', 'address'],
      [31_337, await market.getAddress(), jobId, worker.address],
    )

    expect(await market.bindingOf(jobId, worker.address)).to.equal(BigInt(ethers.keccak256(encoded)) >> 8n)
    expect(inputCommitment).to.be.lessThan(scalarOrder)
    expect(genesis).to.equal(2_000_000_000)
  })
})
