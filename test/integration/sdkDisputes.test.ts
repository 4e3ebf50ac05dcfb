import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { addStake } from '@assay/sdk/addStake'
import { challengeJob } from '@assay/sdk/challengeJob'
import { claimJob } from '@assay/sdk/claimJob'
import { defendJob } from '@assay/sdk/defendJob'
import { addressIn } from '@assay/sdk/deployment'
import { explainError, revertOf } from '@assay/sdk/errors'
import { finalizeJobs } from '@assay/sdk/finalizeJobs'
import { getJob } from '@assay/sdk/getJob'
import { getModel } from '@assay/sdk/getModel'
import { getWorker } from '@assay/sdk/getWorker'
import { decodeOptimisticTerms, encodeDoubleAnswer, encodeOptimisticTerms } from '@assay/sdk/optimisticTerms'
import { recomputeAnswer } from '@assay/sdk/recomputeAnswer'
import { releaseJob } from '@assay/sdk/releaseJob'
import { signAnswer } from '@assay/sdk/signAnswer'
import { startUnbonding } from '@assay/sdk/startUnbonding'
import { submitResult } from '@assay/sdk/submitResult'
import { withdrawCredit } from '@assay/sdk/withdrawCredit'
import { withdrawStake } from '@assay/sdk/withdrawStake'
import { parseEther } from 'viem'
import { getBalance } from 'viem/actions'
import { failureOf, openSdkMarket, type SdkMarket } from './sdkMarket.ts'
import { proveTinyAnswer } from './tinyModel.ts'

const terms = { windowSeconds: 600, defenceSeconds: 900, challengeBond: parseEther('0.02') }

describe('disputes and stake of the sdk on a local chain', () => {
  let market: SdkMarket

  before(async () => {
    market = await openSdkMarket()
    await addStake(client(2), { deployment: network(), amount: parseEther('10') })
  })
  after(() => market?.stop())

  const network = () => market.chain.network
  const client = (index: number) => market.chain.clientOf(index)
  const assurance = () => addressIn(network(), 'optimisticAssurance')

  /** An optimistic job that worker 2 has answered, rightly or with other words. */
  async function answered(wrongBy = 0n) {
    const requested = await market.request({
      assurance: assurance(),
      assuranceData: encodeOptimisticTerms(terms),
      finalSeconds: 6000,
    })
    const { jobId, order } = requested
    const { worker } = await claimJob(client(2), { deployment: network(), order })
    const { prepared, input } = market
    const answer = await proveTinyAnswer(market.chain, { prepared, jobId, worker, values: input.values })
    const outputs = answer.outputs.map((word) => word + wrongBy)
    const evidence = await signAnswer(client(2), { assurance: assurance(), jobId, worker, outputs })
    await submitResult(client(2), { deployment: network(), order, outputs, evidence })
    return { jobId, order, worker, outputs, proof: answer.proof }
  }
  const stateOf = async (jobId: `0x${string}`) => (await getJob(client(1), { deployment: network(), jobId })).state

  it('behavior: several quiet answers are finalized at once, and one that cannot be is skipped with its reason', async () => {
    const [one, two] = [await answered(), await answered()]
    await market.chain.passTime(terms.windowSeconds + 1)
    const late = await answered()

    const { settled, skipped } = await finalizeJobs(client(4), { deployment: network(), answers: [one, late, two] })

    assert.deepEqual(
      settled.map(({ jobId, worker }) => [jobId, worker]),
      [one, two].map(({ jobId, worker }) => [jobId, worker]),
    )
    assert.deepEqual(skipped, [{ jobId: late.jobId, reason: 'WrongTime' }])
    const { answer } = await getJob(client(1), { deployment: network(), jobId: late.jobId })
    assert.ok((answer?.pendingUntil ?? 0) > 0)
  })

  it('error: one answer that cannot be finalized yet says until when', async () => {
    const pending = await answered()

    const failure = await failureOf(finalizeJobs(client(4), { deployment: network(), answers: [pending] }))

    assert.equal(revertOf(failure)?.name, 'DeadlineNotPassed')
    assert.match(explainError(failure), /try again after it/)
  })

  it('behavior: a right answer is defended with its proof, and the worker takes the bond of the challenger', async () => {
    const { jobId, order, outputs, proof } = await answered()

    await challengeJob(client(5), { deployment: network(), order })
    const { challenge } = await getJob(client(1), { deployment: network(), jobId })
    await defendJob(client(6), { deployment: network(), order, outputs, proof })

    assert.equal(challenge?.challenger, market.chain.addressOf(5))
    assert.equal(await stateOf(jobId), 'Settled')
    const to = '0x00000000000000000000000000000000000000cc'
    await withdrawCredit(client(2), { assurance: assurance(), to })
    assert.equal(await getBalance(client(1), { address: to }), terms.challengeBond)
  })

  it('behavior: a wrong answer that nobody defends costs its worker the bond and opens the job again', async () => {
    const { jobId, order, outputs } = await answered(1n)

    await challengeJob(client(5), { deployment: network(), order })
    await market.chain.passTime(terms.defenceSeconds + 1)
    await finalizeJobs(client(4), { deployment: network(), answers: [{ order, outputs }] })

    const job = await getJob(client(1), { deployment: network(), jobId })
    assert.equal(job.answer, undefined)
    assert.ok(job.events.some((event) => event.name === 'JobOverturned' && event.slashed === order.bond))
  })

  it('behavior: two signed answers to one job are a verdict at once, without a bond', async () => {
    const { jobId, order, worker, outputs } = await answered()
    const other = outputs.map((word) => word + 2n)
    const signature = await signAnswer(client(2), { assurance: assurance(), jobId, worker, outputs: other })

    const data = encodeDoubleAnswer({ outputs: other, signature })
    await challengeJob(client(5), { deployment: network(), order, data })

    assert.equal(await stateOf(jobId), 'Requested')
  })

  it('behavior: running the model here tells a right answer from a wrong one before anybody puts up a bond', async () => {
    const [right, wrong] = [await answered(), await answered(1n)]
    const { gatewayUrl } = network()
    const model = await getModel(client(1), { deployment: network(), modelId: market.modelId })

    const { words, values } = await recomputeAnswer({ gatewayUrl, model, order: wrong.order })

    assert.deepEqual(words, right.outputs)
    assert.notDeepEqual(words, wrong.outputs)
    assert.equal(values.length, 4)
    const swapped = { ...wrong.order, inputCommitment: 1n }
    await assert.rejects(recomputeAnswer({ gatewayUrl, model, order: swapped }), { name: 'InputMismatchError' })
  })

  it('error: a challenge with another bond names both amounts, and so does an order with too small a one', async () => {
    const { order } = await answered()

    const wrong = await failureOf(challengeJob(client(5), { deployment: network(), order, bond: 1n }))
    const low = await failureOf(
      market.request({
        assurance: assurance(),
        assuranceData: encodeOptimisticTerms({ ...terms, challengeBond: 1n }),
        finalSeconds: 6000,
      }),
    )

    assert.deepEqual(revertOf(wrong), { name: 'ChallengeBondWrong', args: [1n, terms.challengeBond] })
    assert.equal(revertOf(low)?.name, 'ChallengeBondTooLow')
    assert.deepEqual(decodeOptimisticTerms(order.assuranceData), terms)
  })

  it('behavior: a worker gives a claimed job back for a part of its bond', async () => {
    const { jobId, order } = await market.request()
    await claimJob(client(2), { deployment: network(), order })

    await releaseJob(client(2), { deployment: network(), order })

    const job = await getJob(client(1), { deployment: network(), jobId })
    assert.equal(job.state, 'Requested')
    assert.equal(job.claim, undefined)
    assert.ok(job.events.some((event) => event.name === 'JobReleased' && event.penalty >= order.bond / 20n))
  })

  it('behavior: stake leaves after the unbonding time and not before', async () => {
    const operator = market.chain.addressOf(2)
    const amount = parseEther('1')
    await startUnbonding(client(2), { deployment: network(), amount })
    const to = '0x00000000000000000000000000000000000000dd'

    const early = await failureOf(withdrawStake(client(2), { deployment: network(), to }))
    const worker = await getWorker(client(1), { deployment: network(), operator })
    await market.chain.passTime(7 * 24 * 3600 + 1)
    await withdrawStake(client(2), { deployment: network(), to })

    assert.deepEqual(revertOf(early), { name: 'StillUnbonding', args: [worker?.unbondableAt] })
    assert.equal(worker?.unbonding, amount)
    assert.equal(await getBalance(client(1), { address: to }), amount)
  })
})
