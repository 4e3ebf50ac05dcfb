import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { quorumAssuranceAbi } from '@assay/sdk/abi/quorumAssurance'
import { challengeJob } from '@assay/sdk/challengeJob'
import { addressIn } from '@assay/sdk/deployment'
import { finalizeJobs } from '@assay/sdk/finalizeJobs'
import { getArbitration } from '@assay/sdk/getArbitration'
import { getJob } from '@assay/sdk/getJob'
import { decodeQuorumTerms, encodeQuorumTerms, type QuorumTerms } from '@assay/sdk/quorumTerms'
import { registerWorker } from '@assay/sdk/registerWorker'
import { submitResult } from '@assay/sdk/submitResult'
import { type Address, type Hex, parseEther, zeroAddress, zeroHash } from 'viem'
import { readContract, waitForTransactionReceipt, writeContract } from 'viem/actions'
import { deployArtifact, openSdkMarket, readArtifact, type SdkMarket } from './sdkMarket.ts'

const cost = parseEther('0.05')
const workers = [6, 7] as const

describe('arbitration of the sdk on a local chain', () => {
  let market: SdkMarket
  let arbitrator: Address

  before(async () => {
    market = await openSdkMarket()
    arbitrator = await deployArtifact(market.chain.clientOf(0), { path: 'mocks/ArbitratorMock', args: [cost] })
    for (const index of workers) {
      await registerWorker(market.chain.clientOf(index), { deployment: network(), stake: parseEther('1') })
    }
  })
  after(() => market?.stop())

  const network = () => market.chain.network
  const assurance = () => addressIn(network(), 'quorumAssurance')

  const termsOf = (overrides: Partial<QuorumTerms> = {}): QuorumTerms => ({
    workers: 2,
    agreeing: 2,
    commitSeconds: 200,
    revealSeconds: 300,
    disputeSeconds: 400,
    arbitrationSeconds: 1000,
    workerBond: parseEther('0.3'),
    arbitrator,
    arbitratorData: '0x',
    committee: [],
    ...overrides,
  })

  async function send(index: number, call: { functionName: string; args: readonly unknown[]; value?: bigint }) {
    const client = market.chain.clientOf(index)
    // The names and arguments below are those of the contract; viem cannot follow them through one function.
    const request = { address: assurance(), abi: quorumAssuranceAbi, chain: null, ...call } as never
    const { status } = await waitForTransactionReceipt(client, { hash: await writeContract(client, request) })
    assert.equal(status, 'success', call.functionName)
  }

  /** A job that two workers answered differently, the first answer pending. */
  async function disagreed() {
    const terms = termsOf()
    const { jobId, order } = await market.request({
      assurance: assurance(),
      assuranceData: encodeQuorumTerms(terms),
      allowedWorker: assurance(),
      bond: 0n,
      proveSeconds: 1000,
      finalSeconds: 9000,
    })
    const salt: Hex = `0x${'5a'.repeat(32)}`
    for (const index of workers) {
      const commitment = await readContract(market.chain.clientOf(1), {
        address: assurance(),
        abi: quorumAssuranceAbi,
        functionName: 'commitmentOf',
        args: [jobId, market.chain.addressOf(index), [BigInt(index)], salt],
      })
      await send(index, { functionName: 'commitAnswer', args: [order, commitment, '0x'], value: terms.workerBond })
    }
    for (const index of workers) {
      await send(index, { functionName: 'revealAnswer', args: [jobId, [BigInt(index)], salt] })
    }
    const outputs = [BigInt(workers[0])]
    await submitResult(market.chain.clientOf(4), { deployment: network(), order, outputs, evidence: '0x' })
    return { jobId, order, outputs }
  }

  it('behavior: the arbitrator, its price and the answers with their workers are read, and its ruling once it is made', async () => {
    const { jobId, order, outputs } = await disagreed()
    const client = market.chain.clientOf(1)
    const open = await getArbitration(client, { jobId, order })
    await challengeJob(market.chain.clientOf(5), { deployment: network(), order, bond: cost })
    await ruleOn(jobId, 1n)
    const ruled = await getArbitration(client, { jobId, order })
    await finalizeJobs(market.chain.clientOf(4), { deployment: network(), answers: [{ order, outputs }] })

    assert.equal(open?.arbitrator.toLowerCase(), arbitrator.toLowerCase())
    assert.equal(open?.cost, cost)
    assert.deepEqual(
      open?.answers.map((answer) => answer.workers),
      workers.map((index) => [market.chain.addressOf(index)]),
    )
    assert.deepEqual([open?.decided, open?.ruled], [false, undefined])
    assert.deepEqual([ruled?.decided, ruled?.ruled], [true, open?.answers[0]?.hash])
    assert.equal((await getJob(client, { deployment: network(), jobId })).state, 'Settled')
  })

  it('behavior: an order without an arbitrator has nothing to read, and terms come back as they were', async () => {
    const terms = termsOf({ arbitrator: zeroAddress, disputeSeconds: 0, arbitrationSeconds: 0 })
    const assuranceData = encodeQuorumTerms(terms)
    const { order } = await market.request()

    assert.deepEqual(decodeQuorumTerms(assuranceData), terms)
    const unarbitrated = { ...order, assurance: assurance(), assuranceData }
    const found = await getArbitration(market.chain.clientOf(1), { jobId: zeroHash, order: unarbitrated })
    assert.equal(found, undefined)
  })

  async function ruleOn(jobId: Hex, ruling: bigint) {
    const client = market.chain.clientOf(0)
    const { disputeId } = await readContract(client, {
      address: assurance(),
      abi: quorumAssuranceAbi,
      functionName: 'disputeOf',
      args: [jobId],
    })
    const { abi } = readArtifact('mocks/ArbitratorMock')
    const args = [assurance(), disputeId, ruling]
    const hash = await writeContract(client, {
      address: arbitrator,
      abi,
      functionName: 'ruleOn',
      args,
      chain: null,
      account: client.account ?? null,
    })
    await waitForTransactionReceipt(client, { hash })
  }
})
