import { expect } from 'chai'
import { freshMarket, inputCommitment, jobState, nativeToken, type Order } from './market.ts'

const price = 2n * 10n ** 15n
const challengeBond = 10n ** 15n
const listedWithTerms = 2
const challengedState = 4

/** A fresh market with both assurances that wait for a proof listed on it, and a signer of answers for each. */
async function waitingMarket() {
  const m = await freshMarket()
  const { ethers, market, verifier, deployer, worker, fakeOrder, requester } = m
  const optimistic = await ethers.deployContract('OptimisticAssurance', [market, verifier, 10n ** 12n])
  const audit = await ethers.deployContract('AuditAssurance', [
    {
      market,
      proofVerifier: verifier,
      drawBlocks: 16,
      minDrawSeconds: 300,
    },
  ])
  for (const assurance of [optimistic, audit]) await market.connect(deployer).listAssurance(assurance, listedWithTerms)
  const encode = (values: bigint[]) =>
    ethers.AbiCoder.defaultAbiCoder().encode(
      values.map(() => 'uint256'),
      values,
    )

  const optimisticOrder = async (overrides: Partial<Order> = {}) =>
    fakeOrder({
      minPrice: price,
      maxPrice: price,
      assurance: await optimistic.getAddress(),
      assuranceData: encode([600n, 900n, challengeBond]),
      ...overrides,
    })
  const auditOrder = async (probabilityBps: bigint) =>
    fakeOrder({
      minPrice: price,
      maxPrice: price,
      assurance: await audit.getAddress(),
      assuranceData: encode([probabilityBps, 600n, 900n]),
      bond: 4n * 10n ** 17n,
    })

  /** Requests, claims and answers an order; the evidence is the worker's EIP-712 signature. */
  const answerSigned = async (order: Order, outputs: bigint[]) => {
    await market.connect(requester).requestJob(order, { value: price })
    await market.connect(worker).claimJob(order)
    return submitSigned(order, outputs)
  }
  const submitSigned = async (order: Order, outputs: bigint[]) => {
    const jobId = await market.hashOrder(order)
    const assurance = (await optimistic.getAddress()) === order.assurance ? 'OptimisticAssurance' : 'AuditAssurance'
    const evidence = await worker.signTypedData(
      { name: `Assay ${assurance}`, version: '1', chainId: 31_337, verifyingContract: String(order.assurance) },
      {
        Answer: [
          { name: 'jobId', type: 'bytes32' },
          { name: 'worker', type: 'address' },
          { name: 'outputs', type: 'uint256[]' },
        ],
      },
      { jobId, worker: worker.address, outputs },
    )
    return market.connect(worker).submitResult(order, { outputs, evidence })
  }

  return { ...m, optimistic, audit, optimisticOrder, auditOrder, answerSigned, submitSigned } as const
}

type WaitingMarket = Awaited<ReturnType<typeof waitingMarket>>

const blockOf = ({ ethers }: WaitingMarket, blockNumber: bigint) =>
  ethers.provider.send('eth_getBlockByNumber', [ethers.toQuantity(blockNumber), false])

/** RLP of a block's header, as its hash is made. */
async function headerOf(m: WaitingMarket, blockNumber: bigint): Promise<string> {
  const { ethers } = m
  const block = await blockOf(m, blockNumber)
  const quantity = (value: string) => (BigInt(value) === 0n ? '0x' : ethers.toBeHex(BigInt(value)))
  const fields = [
    block.parentHash,
    block.sha3Uncles,
    block.miner,
    block.stateRoot,
    block.transactionsRoot,
    block.receiptsRoot,
    block.logsBloom,
    quantity(block.difficulty),
    quantity(block.number),
    quantity(block.gasLimit),
    quantity(block.gasUsed),
    quantity(block.timestamp),
    block.extraData,
    block.mixHash,
    block.nonce,
    quantity(block.baseFeePerGas),
    block.withdrawalsRoot,
    quantity(block.blobGasUsed),
    quantity(block.excessBlobGas),
    block.parentBeaconBlockRoot,
    block.requestsHash,
  ]
  const header = ethers.encodeRlp(fields)
  expect(ethers.keccak256(header)).to.equal(block.hash)
  return header
}

describe('An optimistic job', () => {
  it('behavior: S2-ESC-2 is paid after a quiet window', async () => {
    const m = await waitingMarket()
    const order = await m.optimisticOrder()
    const outputs = [49n, 7n * inputCommitment]

    await m.answerSigned(order, outputs)
    await m.networkHelpers.time.increase(601)
    await expect(m.market.connect(m.stranger).finalizeJob(order, outputs)).to.emit(m.market, 'JobSettled')

    expect((await m.market.jobOf(await m.market.hashOrder(order))).state).to.equal(jobState.settled)
  })

  it('behavior: S2-ESC-2 is defended with one real proof, and the challenger pays for it', async () => {
    const m = await waitingMarket()
    const order = await m.optimisticOrder()
    const { result } = await m.answer(order, m.worker.address)
    await m.answerSigned(order, result.outputs)

    await m.market.connect(m.stranger).challengeJob(order, '0x', { value: challengeBond })
    await expect(m.market.connect(m.otherWorker).defendJob(order, result)).to.emit(m.market, 'JobSettled')

    expect(await m.optimistic.creditOf(m.worker.address)).to.equal(challengeBond)
    expect((await m.market.balanceOf(m.worker.address, nativeToken)).free).to.equal((price * 925n) / 1000n)
    await expect(m.optimistic.connect(m.worker).withdrawCredit(m.worker.address)).to.changeEtherBalances(
      m.ethers,
      [m.optimistic, m.worker],
      [-challengeBond, challengeBond],
    )
  })

  it('soundness: S1-ZK-6 is not defended by a copied proof, nor by a right proof of another answer', async () => {
    const m = await waitingMarket()
    const order = await m.optimisticOrder()
    const own = await m.answer(order, m.worker.address)
    const copied = await m.answer(order, m.otherWorker.address)
    await m.answerSigned(order, [own.result.outputs[0] ?? 0n, 1n])
    await m.market.connect(m.stranger).challengeJob(order, '0x', { value: challengeBond })

    for (const result of [own.result, copied.result, { ...own.result, outputs: [own.result.outputs[0] ?? 0n, 1n] }]) {
      await expect(m.market.defendJob(order, result)).to.be.revertedWithCustomError(m.market, 'EvidenceRejected')
    }

    await m.networkHelpers.time.increase(901)
    await expect(m.market.finalizeJob(order, [])).to.emit(m.market, 'JobOverturned')
    expect(await m.optimistic.creditOf(m.stranger.address)).to.equal(challengeBond)
  })

  it('behavior: is settled at once when the answer comes with its proof', async () => {
    const m = await waitingMarket()
    const order = await m.optimisticOrder()
    await m.market.connect(m.requester).requestJob(order, { value: price })
    await m.market.connect(m.worker).claimJob(order)

    await m.market.submitResult(order, (await m.answer(order, m.worker.address)).result)

    expect((await m.market.jobOf(await m.market.hashOrder(order))).state).to.equal(jobState.settled)
  })
})

describe('An audited job', () => {
  /** An answered job and the recorded lot of its draw, read from the chain's own header. */
  async function drawn(probabilityBps: bigint, { outputs }: { outputs?: bigint[] } = {}) {
    const m = await waitingMarket()
    const order = await m.auditOrder(probabilityBps)
    const { result } = await m.answer(order, m.worker.address)
    await m.answerSigned(order, outputs ?? result.outputs)
    const jobId = await m.market.hashOrder(order)
    const drawBlock = await m.audit.drawBlockOf(jobId, m.worker.address)
    const latest = BigInt(await m.ethers.provider.getBlockNumber())
    expect(drawBlock).to.be.greaterThanOrEqual(latest + 16n)
    await m.networkHelpers.mine(drawBlock - latest + 1n)
    return { ...m, order, jobId, result, drawBlock } as const
  }

  it('soundness: reads the lot from a real header of this chain and from nothing else', async () => {
    const m = await drawn(10_000n)
    const header = await headerOf(m, m.drawBlock)
    const forged = `${header.slice(0, -2)}${header.endsWith('00') ? '01' : '00'}`

    await expect(m.audit.recordBlock(forged)).to.be.revertedWithCustomError(m.audit, 'HeaderUnknown')
    await m.audit.connect(m.stranger).recordBlock(header)

    const block = await blockOf(m, m.drawBlock)
    expect(await m.audit.lotOf(m.drawBlock)).to.equal(m.ethers.keccak256(block.mixHash))
  })

  it('behavior: S2-ESC-2 a drawn answer is proved and paid', async () => {
    const m = await drawn(10_000n)
    await m.audit.recordBlock(await headerOf(m, m.drawBlock))
    await m.networkHelpers.time.increase(601)

    await expect(m.market.finalizeJob(m.order, m.result.outputs)).to.emit(m.audit, 'ProofDrawn')
    await m.market.connect(m.stranger).defendJob(m.order, m.result)

    expect((await m.market.jobOf(m.jobId)).state).to.equal(jobState.settled)
  })

  it('behavior: pays or demands a proof as the lot of the block says', async () => {
    const m = await drawn(5_000n)
    await m.audit.recordBlock(await headerOf(m, m.drawBlock))
    const lot = await m.audit.lotOf(m.drawBlock)
    const due = await m.audit.isDrawn(lot, m.jobId, m.worker.address, 5_000n)
    await m.networkHelpers.time.increase(601)

    await m.market.finalizeJob(m.order, m.result.outputs)

    expect((await m.market.jobOf(m.jobId)).state).to.equal(due ? challengedState : jobState.settled)
  })

  it('behavior: a drawn answer without proof costs the bond, which goes to the requester', async () => {
    const m = await drawn(10_000n, { outputs: [1n, 2n] })
    await m.networkHelpers.time.increase(601)
    await m.market.finalizeJob(m.order, [1n, 2n])
    await m.networkHelpers.time.increase(901)

    await m.market.connect(m.worker).finalizeJob(m.order, [])

    expect(await m.workers.slashedCreditOf(m.requester.address)).to.equal((4n * 10n ** 17n * 9n) / 10n)
    expect(await m.workers.slashedCreditOf(m.worker.address)).to.equal(0n)
  })
})
