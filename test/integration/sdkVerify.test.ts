import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { toSnarkjsProof } from '@assay/circuits/proof'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { addStake } from '@assay/sdk/addStake'
import { getMinDrawSeconds } from '@assay/sdk/auditTerms'
import { bindingOf } from '@assay/sdk/binding'
import { challengeJob } from '@assay/sdk/challengeJob'
import { acceptProof, holdsOnChain } from '@assay/sdk/checkProof'
import { claimJob } from '@assay/sdk/claimJob'
import { defendJob } from '@assay/sdk/defendJob'
import { addressIn, type MarketClient } from '@assay/sdk/deployment'
import { finalizeJobs } from '@assay/sdk/finalizeJobs'
import { getModel } from '@assay/sdk/getModel'
import { encodeOptimisticTerms } from '@assay/sdk/optimisticTerms'
import type { JobOrder } from '@assay/sdk/order'
import { signAnswer } from '@assay/sdk/signAnswer'
import { encodeAnswer, submitResult } from '@assay/sdk/submitResult'
import { submitSigned } from '@assay/sdk/submitSigned'
import { assertVerified, verifyResult } from '@assay/sdk/verifyResult'
import { type Address, concat, encodeFunctionData, type Hex, parseEther } from 'viem'
import { sendTransaction, waitForTransactionReceipt } from 'viem/actions'
import { startLocalChain } from './localChain.ts'
import { clientThrough, openSdkMarket, passOn, type SdkMarket } from './sdkMarket.ts'
import { proveTinyAnswer } from './tinyModel.ts'

// Calls the address in the first 20 bytes of its calldata with the rest of them, and reverts when that does.
const relay: Address = '0x00000000000000000000000000000000000000aa'
const relayCode = '0x601436038060145f375f5f825f5f5f3560601c5af1601b575f5ffd5b00'

describe('verifying answers of the sdk on a local chain', () => {
  let market: SdkMarket

  before(async () => {
    market = await openSdkMarket()
    await market.chain.testClient.setCode({ address: relay, bytecode: relayCode })
    await addStake(client(2), { deployment: network(), amount: parseEther('10') })
  })
  after(() => market?.stop())

  const network = () => market.chain.network
  const client = (index: number) => market.chain.clientOf(index)
  const check = (jobId: Hex, through: MarketClient = client(1)) =>
    verifyResult(through, { deployment: network(), gatewayUrl: network().gatewayUrl, jobId })
  const failedStep = async (jobId: Hex, through?: MarketClient) => {
    const { ok, steps } = await check(jobId, through)
    const failed = steps.find((step) => !step.ok)
    return { ok, name: failed?.name, error: failed?.error?.name }
  }

  async function claimed(overrides: object = {}) {
    const { jobId, order } = await market.request(overrides)
    const { worker } = await claimJob(client(2), { deployment: network(), order })
    const answer = await prove(jobId, worker)
    return { jobId, order, worker, answer }
  }
  const prove = (jobId: Hex, worker: Address) =>
    proveTinyAnswer(market.chain, { prepared: market.prepared, jobId, worker, values: market.input.values })
  const send = async (to: Address, data: Hex) => {
    const { account } = client(4)
    if (account === undefined) return assert.fail('no account')
    const hash = await sendTransaction(client(4), { account, chain: null, to, data })
    assert.equal((await waitForTransactionReceipt(client(4), { hash })).status, 'success')
    return hash
  }
  const submitCall = (order: JobOrder, answer: Awaited<ReturnType<typeof prove>>) =>
    encodeFunctionData({ abi: jobMarketAbi, functionName: 'submitResult', args: [order, encodeAnswer(answer)] })

  it('behavior: an answer that won an open race verifies, with the price of its block', async () => {
    const { jobId, order } = await market.request()
    const worker = market.chain.addressOf(7)

    await submitSigned(client(8), { deployment: network(), order, worker, ...(await prove(jobId, worker)) })

    assertVerified(await check(jobId))
  })

  it('soundness: a proof that is not handed in is asked of the verifier, and only one of the expected signals is taken', async () => {
    const { jobId, order } = await market.request()
    const worker = market.chain.addressOf(7)
    const { outputs, proof } = await prove(jobId, worker)
    const { chainId, addresses } = network()
    const signals = [
      ...outputs,
      order.inputCommitment,
      bindingOf({ chainId, market: addresses.jobMarket, jobId, worker }),
    ]
    const { keyHash } = await getModel(client(1), { deployment: network(), modelId: market.modelId })
    const claim = { deployment: network(), keyHash, signals }
    const answer = { proof: toSnarkjsProof(proof), publicSignals: signals.map(String) }

    assert.equal(await holdsOnChain(client(1), { ...claim, proof }), true)
    assert.equal(await holdsOnChain(client(1), { ...claim, proof: { ...proof, c: proof.a } }), false)
    assert.deepEqual(await acceptProof(client(1), { ...claim, answer }), proof)
    const others = { ...claim, signals: [signals[0] ?? 0n, ...signals.slice(1).map((signal) => signal ^ 1n)] }
    await assert.rejects(acceptProof(client(1), { ...others, answer }), { name: 'ProofRefusedError' })
    const forged = { ...answer, proof: toSnarkjsProof({ ...proof, c: proof.a }) }
    await assert.rejects(acceptProof(client(1), { ...claim, answer: forged }), { name: 'ProofRefusedError' })
  })

  it('behavior: the least time of a draw is what the contract of audits says', async () => {
    const seconds = await getMinDrawSeconds(client(1), addressIn(network(), 'auditAssurance'))

    assert.ok(Number.isInteger(seconds) && seconds > 0, `${seconds}`)
  })

  it('behavior: an answer in a batch verifies', async () => {
    const [one, two] = [await claimed(), await claimed()]
    const args = [[one, two].map(({ order, answer }) => ({ order, result: encodeAnswer(answer) }))] as const

    await send(
      network().addresses.jobMarket,
      encodeFunctionData({ abi: jobMarketAbi, functionName: 'submitResults', args }),
    )

    for (const { jobId } of [one, two]) assertVerified(await check(jobId))
  })

  it('behavior: an answer that a contract relayed verifies from the calldata inside', async () => {
    const { jobId, order, answer } = await claimed()

    await send(relay, concat([network().addresses.jobMarket, submitCall(order, answer)]))

    assertVerified(await check(jobId))
  })

  it('soundness: a job that was settled on another chain is no job of this one, though market and addresses are the same', async () => {
    const { jobId, order, answer } = await claimed()
    await submitResult(client(2), { deployment: network(), order, ...answer })
    const other = await startLocalChain({ chainId: 31_338 })
    try {
      const { gatewayUrl } = network()
      const verify = (through: MarketClient) => verifyResult(through, { deployment: other.network, gatewayUrl, jobId })

      assertVerified(await check(jobId))
      assert.deepEqual(other.network.addresses, network().addresses)
      const here = await verify(other.clientOf(1))
      const there = await verify(client(1))

      assert.equal(here.steps.find((step) => !step.ok)?.error?.name, 'JobUnknownError')
      assert.throws(() => assertVerified(there), { name: 'ChainMismatchError' })
      assert.equal(there.steps.find(({ name }) => name === 'order')?.error?.name, 'OrderMismatchError')
    } finally {
      await other.stop()
    }
  })

  it('behavior: an answer that no calldata shows is read from a trace, and without one refused', async () => {
    const { jobId, order, answer } = await claimed()
    await send(relay, concat([network().addresses.jobMarket, submitCall(order, answer)]))
    const hide = (trace: object | undefined) =>
      clientThrough(async (request) => {
        if (request.method === 'debug_traceTransaction') return trace ?? Promise.reject(new Error('no such method'))
        const result = await passOn(client(1), request)
        // What a node tells of a transaction; only its calldata are changed.
        return request.method === 'eth_getTransactionByHash' ? { ...(result as object), input: '0x00' } : result
      })
    const inner = { to: network().addresses.jobMarket, input: submitCall(order, answer) }
    const failed = { ...inner, error: 'execution reverted' }

    assertVerified(await check(jobId, hide({ to: relay, input: '0x00', calls: [failed, inner] })))
    const refused = { ok: false, name: 'answer', error: 'AnswerUnreadableError' }
    assert.deepEqual(await failedStep(jobId, hide({ to: relay, calls: [failed] })), refused)
    assert.deepEqual(await failedStep(jobId, hide(undefined)), refused)
  })

  describe('under the assurance optimistic', () => {
    const pending = async () => {
      const terms = { windowSeconds: 600, defenceSeconds: 900, challengeBond: parseEther('0.02') }
      const assurance = addressIn(network(), 'optimisticAssurance')
      const assuranceData = encodeOptimisticTerms(terms)
      const job = await claimed({ assurance, assuranceData, finalSeconds: 6000 })
      const { outputs } = job.answer
      const evidence = await signAnswer(client(2), { assurance, jobId: job.jobId, worker: job.worker, outputs })
      await submitResult(client(2), { deployment: network(), order: job.order, outputs, evidence })
      return job
    }

    it('error: an answer that is not paid yet is told by its state', async () => {
      const { jobId } = await pending()

      assert.deepEqual(await failedStep(jobId), { ok: false, name: 'state', error: 'JobNotSettledError' })
    })

    it('error: an answer that was paid without a proof has none to check', async () => {
      const { jobId, order, answer } = await pending()
      await market.chain.passTime(601)

      await finalizeJobs(client(4), { deployment: network(), answers: [{ order, outputs: answer.outputs }] })

      assert.deepEqual(await failedStep(jobId), { ok: false, name: 'answer', error: 'ProofAbsentError' })
    })

    it('behavior: an answer that was defended with a proof verifies', async () => {
      const { jobId, order, answer } = await pending()
      await challengeJob(client(5), { deployment: network(), order })

      await defendJob(client(6), { deployment: network(), order, ...answer })

      assertVerified(await check(jobId))
    })
  })
})
