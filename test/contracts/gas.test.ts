import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import type { ContractTransactionResponse } from 'ethers'
import { artifacts } from 'hardhat'
import type { ProofWords } from '../fixtures/groth16/proveAnswer.ts'
import { genesis, nativeToken, type Order, openMarket } from './market.ts'

/** Gas of whole transactions and bytes of contracts, in git; `UPDATE_SNAPSHOTS=1` writes it anew. */
const snapshotPath = new URL('./gas.snapshot.json', import.meta.url)
const updating = process.env.UPDATE_SNAPSHOTS === '1'

/** A proof is random, so its zero bytes and with them the calldata's price are too: the one that was measured is kept. */
type Snapshot = {
  gas: Record<string, number>
  bytes: Record<string, number>
  proofs: Record<string, { proof: string[]; signals: string[] }>
}

const contracts = [
  'JobMarket',
  'MarketAnswers',
  'MarketExits',
  'ModelRegistry',
  'WorkerRegistry',
  'ProofVerifier',
  'ProofAssurance',
]
const price = 2n * 10n ** 15n

describe('Gas', () => {
  it('invariant: whole transactions cost what the snapshot says', async () => {
    // Read from the file that this test writes.
    const known = existsSync(snapshotPath) ? (JSON.parse(readFileSync(snapshotPath, 'utf8')) as Snapshot) : undefined

    const measured = await measure(known?.proofs ?? {})
    if (updating) writeFileSync(snapshotPath, `${JSON.stringify(measured, null, 2)}\n`)

    expect(measured, 'run again with UPDATE_SNAPSHOTS=1 when the change is meant').to.deep.equal(
      updating ? measured : known,
    )
  })
})

/** Plays the life of a few jobs on a fresh chain and returns what each step cost. */
async function measure(proofs: Snapshot['proofs']): Promise<Snapshot> {
  const m = await openMarket()
  const { market, models, workers, networkHelpers, requester, worker, owner, stranger, deployer, ethers } = m
  const gas: Record<string, number> = {}
  const kept: Snapshot['proofs'] = {}
  const cost = async (sentence: string, transaction: Promise<ContractTransactionResponse>) => {
    const receipt = await (await transaction).wait()
    if (receipt === null) throw new Error(`No receipt for: ${sentence}.`)
    gas[sentence] = Number(receipt.gasUsed)
  }
  const at = (seconds: number) => networkHelpers.time.setNextBlockTimestamp(genesis + seconds)
  const request = (order: Order) => market.connect(requester).requestJob(order, { value: order.maxPrice })
  const claim = (order: Order) => market.connect(worker).claimJob(order)
  const answer = async (order: Order) => {
    const binding = await market.bindingOf(await market.hashOrder(order), worker.address)
    const known = proofs[binding.toString()]
    if (known === undefined && !updating) {
      throw new Error(`The snapshot has no proof for binding ${binding}; run again with UPDATE_SNAPSHOTS=1.`)
    }
    // The snapshot keeps the eight words of each proof.
    const { proof, signals } =
      known === undefined || updating
        ? await m.answer(order, worker.address)
        : { proof: known.proof.map(BigInt) as ProofWords, signals: known.signals.map(BigInt) }
    kept[binding.toString()] = { proof: proof.map(String), signals: signals.map(String) }
    return m.resultOf(proof, signals)
  }

  const fixed = (nonce: bigint) => m.fakeOrder({ minPrice: price, maxPrice: price, nonce })
  await at(500)
  await cost("request with the chain's own coin, first job of an account", request(fixed(0n)))
  await cost('claim, first job of a worker', claim(fixed(0n)))
  await cost(
    'submit, first payment of everybody',
    market.connect(worker).submitResult(fixed(0n), await answer(fixed(0n))),
  )

  await market.connect(requester).deposit(nativeToken, price, { value: price })
  await cost("request with the chain's own coin, warm account", request(fixed(1n)))
  await cost('claim at a fixed price', claim(fixed(1n)))
  await cost(
    'submit an answer of two words with its proof, four signals',
    market.connect(worker).submitResult(fixed(1n), await answer(fixed(1n))),
  )
  await cost('request from the free balance', market.connect(requester).requestJob(fixed(2n)))
  await cost('cancel', market.connect(requester).cancelJob(fixed(2n)))

  const ramped = m.fakeOrder({ nonce: 3n })
  await request(ramped)
  await at(1_500)
  await cost('claim in the middle of the ramp, surplus returned', claim(ramped))
  await at(3_000)
  await cost('expire, slash and open again', market.connect(stranger).expireJob(ramped))
  await claim(ramped)
  await at(10_001)
  await cost('expire after the last claim, slash and refund', market.connect(stranger).expireJob(ramped))

  const late = m.fakeOrder({ nonce: 4n, claimDeadline: genesis + 11_000 })
  await request(late)
  await at(11_001)
  await cost('refund', market.connect(stranger).refundJob(late))
  await cost("withdraw the chain's own coin", market.connect(worker).withdraw(nativeToken, 1_000n, worker.address))
  await cost("deposit the chain's own coin", market.connect(worker).deposit(nativeToken, 1_000n, { value: 1_000n }))

  const members = market.interface.getFunction('hashOrder').inputs[0]?.components ?? []
  const types = { JobOrder: members.map(({ name, type }) => ({ name, type })) }
  const { name, version, chainId, verifyingContract } = await market.eip712Domain()
  const sign = (order: Order) => requester.signTypedData({ name, version, chainId, verifyingContract }, types, order)
  const later = (nonce: bigint) =>
    m.fakeOrder({ minPrice: price, maxPrice: price, nonce, claimDeadline: genesis + 15_000 })
  await market.connect(requester).deposit(nativeToken, 2n * price, { value: 2n * price })
  await cost(
    'claim a signed order that nobody sent',
    market.connect(worker).claimSigned(later(6n), await sign(later(6n))),
  )
  await cost('release at once', market.connect(worker).releaseJob(later(6n)))
  await cost(
    'submit to the open race of a signed order',
    market.connect(worker).submitSigned(later(7n), await sign(later(7n)), worker.address, await answer(later(7n))),
  )
  await cost('cancel nonces', market.connect(requester).cancelNonces(1n, 255n))
  for (const count of [8, 32]) {
    const orders = Array.from({ length: count }, (_, index) => later(BigInt(1_000 * count + index)))
    const entries = []
    for (const order of orders) {
      await request(order)
      await claim(order)
      entries.push({ order, result: await answer(order) })
    }
    await cost(`submit a batch of ${count}`, market.connect(worker).submitResults(entries))
  }

  const consumer = await ethers.deployContract('ConsumerMock')
  const told = { ...later(9n), callback: await consumer.getAddress(), callbackGas: 60_000 }
  await request(told)
  await claim(told)
  await cost(
    'submit with a callback that writes a fresh slot',
    market.connect(worker).submitResult(told, await answer(told)),
  )

  const assurance = m.deployment.optimisticAssurance
  const challengeBond = 10n ** 16n
  const terms = ethers.AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256', 'uint256'], [600n, 900n, challengeBond])
  const waiting = (nonce: bigint): Order => ({ ...later(nonce), assurance, assuranceData: terms })
  const outputs = [49n, 35n]
  const signAnswer = async (order: Order, words: bigint[]) =>
    worker.signTypedData(
      { name: 'Assay OptimisticAssurance', version: '1', chainId: 31_337, verifyingContract: assurance },
      {
        Answer: [
          { name: 'jobId', type: 'bytes32' },
          { name: 'worker', type: 'address' },
          { name: 'outputs', type: 'uint256[]' },
        ],
      },
      { jobId: await market.hashOrder(order), worker: worker.address, outputs: words },
    )
  const answerWaiting = async (order: Order, words = outputs) => {
    await request(order)
    await claim(order)
    return market.connect(worker).submitResult(order, { outputs: words, evidence: await signAnswer(order, words) })
  }
  await cost('answer an optimistic job, fresh slot', answerWaiting(waiting(20n)))
  await networkHelpers.time.increase(601)
  await cost('finalize', market.connect(stranger).finalizeJob(waiting(20n), outputs))
  // A worker's pending answers share 256 slots by the last byte of the job's id; after its first few hundred jobs it finds a used one.
  const laneOf = async (order: Order) => BigInt(await market.hashOrder(order)) & 0xffn
  const lane = await laneOf(waiting(20n))
  let nonce = 100_000n
  while ((await laneOf(waiting(nonce))) !== lane) nonce += 1n
  await cost('answer an optimistic job, used slot', answerWaiting(waiting(nonce)))
  const disputed = { ...waiting(22n) }
  const defence = await answer(disputed)
  await answerWaiting(disputed, defence.outputs)
  await cost(
    'challenge an optimistic answer',
    market.connect(stranger).challengeJob(disputed, '0x', { value: challengeBond }),
  )
  await cost('defend it with its proof', market.connect(worker).defendJob(disputed, defence))
  const many = Array.from({ length: 8 }, (_, index) => waiting(BigInt(30 + index)))
  for (const order of many) await answerWaiting(order)
  await networkHelpers.time.increase(601)
  const settled = many.map((order) => ({ order, result: { outputs, evidence: '0x' } }))
  await cost('finalize 8 at once', market.connect(stranger).finalizeJobs(settled))

  const token = await ethers.deployContract('TokenMock')
  await market.connect(deployer).allowToken(token, true)
  await token.mint(requester.address, 10n ** 20n)
  await token.connect(requester).approve(market, 10n ** 20n)
  await market.connect(requester).deposit(token, price)
  const paidInTokens = m.fakeOrder({ nonce: 5n, token: await token.getAddress(), claimDeadline: genesis + 15_000 })
  await cost('request with tokens', market.connect(requester).requestJob(paidInTokens))

  await cost(
    'register a worker',
    workers.connect(stranger).registerWorker(stranger.address, m.params.manifestCid, { value: 10n ** 18n }),
  )
  const params = { ...m.params, graphId: `0x${'44'.repeat(32)}` }
  const knownSample = updating ? undefined : proofs.sample
  const sample = knownSample ?? { proof: m.sample.proof.map(String), signals: m.sample.signals.map(String) }
  kept.sample = sample
  // Eight words, as above.
  const words = sample.proof.map(BigInt) as ProofWords
  await cost(
    'register a model whose key is stored',
    models.connect(owner).registerModel(params, m.key, { proof: words, signals: sample.signals.map(BigInt) }),
  )

  const bytes: Record<string, number> = {}
  for (const name of contracts) bytes[name] = ((await artifacts.readArtifact(name)).deployedBytecode.length - 2) / 2
  await m.connection.close()
  return { gas, bytes, proofs: kept }
}
