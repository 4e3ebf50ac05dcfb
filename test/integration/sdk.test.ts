import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { PreparedModel } from '@assay/circuits/prepareModel'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { addStake } from '@assay/sdk/addStake'
import { bindingOf } from '@assay/sdk/binding'
import { buildOrder, PriceZeroError } from '@assay/sdk/buildOrder'
import { cancelJob } from '@assay/sdk/cancelJob'
import { claimJob } from '@assay/sdk/claimJob'
import { decodeOutput } from '@assay/sdk/decodeOutput'
import { deposit } from '@assay/sdk/deposit'
import type { EncodedInput } from '@assay/sdk/encodeInput'
import { explainError, revertOf } from '@assay/sdk/errors'
import { expireJob } from '@assay/sdk/expireJob'
import { getBalance } from '@assay/sdk/getBalance'
import { getFee } from '@assay/sdk/getFee'
import { getJob, type Job, JobUnknownError } from '@assay/sdk/getJob'
import { getVerificationKey } from '@assay/sdk/getVerificationKey'
import { getWorker } from '@assay/sdk/getWorker'
import { inspectJobs } from '@assay/sdk/inspectJobs'
import { listJobs } from '@assay/sdk/listJobs'
import { listModels } from '@assay/sdk/listModels'
import { hashOrder, type JobOrder } from '@assay/sdk/order'
import { ModelPublishedError, publishModel } from '@assay/sdk/publishModel'
import { refundJob } from '@assay/sdk/refundJob'
import { requestJob } from '@assay/sdk/requestJob'
import { assertVerified, verifyResult } from '@assay/sdk/verifyResult'
import { type WatchedEvent, watchJob } from '@assay/sdk/watchJob'
import { withdraw } from '@assay/sdk/withdraw'
import { bytesToHex, type Hex, keccak256, numberToHex, parseEther, toHex } from 'viem'
import { readContract } from 'viem/actions'
import type { LocalChain } from './localChain.ts'
import { clientThrough, failureOf, openSdkMarket, passOn, type SdkMarket } from './sdkMarket.ts'
import { answerTinyJob, publishTinyModel, tinyPublication } from './tinyModel.ts'

const maxPrice = parseEther('0.01')

describe('sdk on a local chain', () => {
  let market: SdkMarket
  let chain: LocalChain
  let prepared: PreparedModel
  let modelId: Hex
  let input: EncodedInput

  before(async () => {
    market = await openSdkMarket()
    ;({ chain, prepared, modelId, input } = market)
  })

  after(() => market?.stop())

  const request = (overrides: object = {}) => market.request(overrides)

  const settle = async () => {
    const requested = await request()
    await answerTinyJob(chain, { prepared, ...requested, values: input.values })
    return requested
  }

  describe('orders', () => {
    it('invariant: hashOrder is the digest that the market computes, for varied orders', async () => {
      for (let seed = 0; seed < 16; seed += 1) {
        const order = variedOrder(seed)

        const onChain = await readContract(chain.clientOf(1), {
          address: chain.network.addresses.jobMarket,
          abi: jobMarketAbi,
          functionName: 'hashOrder',
          args: [order],
        })

        assert.equal(hashOrder(order, chain.network), onChain)
      }
    })

    it('invariant: bindingOf is the public signal that the market computes', async () => {
      const { jobMarket: market } = chain.network.addresses
      for (let seed = 0; seed < 8; seed += 1) {
        const { requester: worker, inputRoot: jobId } = variedOrder(seed)

        const onChain = await readContract(chain.clientOf(1), {
          address: market,
          abi: jobMarketAbi,
          functionName: 'bindingOf',
          args: [jobId, worker],
        })

        assert.equal(bindingOf({ chainId: chain.network.chainId, market, jobId, worker }), onChain)
      }
    })

    it('behavior: a default order takes the lowest unused nonce', async () => {
      const first = await request()
      const next = await buildOrder(chain.clientOf(1), {
        deployment: chain.network,
        terms: { modelId, input, maxPrice },
      })

      assert.equal(next.nonce, first.order.nonce + 1n)
    })

    it('error: a price of zero is refused before anything is sent', async () => {
      await assert.rejects(request({ maxPrice: 0n }), PriceZeroError)
    })

    it("error: a price below the model's floor names both amounts", async () => {
      const failure = await failureOf(request({ maxPrice: 10n, minPrice: 5n }))

      assert.deepEqual(revertOf(failure), { name: 'PriceTooLow', args: [5n, parseEther('0.0001')] })
      assert.match(explainError(failure), /0\.000000000000000005 ETH.*0\.0001 ETH/)
    })

    it('error: an unknown model is named', async () => {
      const unknown = keccak256('0x01')

      const failure = await failureOf(request({ modelId: unknown }))

      assert.deepEqual(revertOf(failure), { name: 'ModelUnknown', args: [unknown] })
      assert.match(explainError(failure), new RegExp(`No model ${unknown}`))
    })

    it('error: a revert inside another contract decodes (stake too low for the bond)', async () => {
      const { order } = await request({ bond: parseEther('5') })

      const failure = await failureOf(claimJob(chain.clientOf(2), { deployment: chain.network, order }))

      assert.equal(revertOf(failure)?.name, 'StakeTooLow')
    })
  })

  describe('models', () => {
    it('behavior: publishing again sends nothing and returns the model', async () => {
      const again = await publishTinyModel(chain, prepared)

      assert.equal(again.hash, undefined)
      assert.equal(again.model.modelId, modelId)
    })

    it('error: the same graph and key with another manifest is refused', async () => {
      const publication = tinyPublication(prepared, chain.network, 'another name')

      await assert.rejects(publishModel(chain.clientOf(3), publication), ModelPublishedError)
    })

    it('behavior: listModels lists it and the key on chain is the prepared one', async () => {
      const { models } = await listModels(chain.clientOf(1), { deployment: chain.network })
      const [model] = models

      assert.equal(model?.modelId, modelId)
      const key = await getVerificationKey(chain.clientOf(1), {
        deployment: chain.network,
        keyHash: model?.keyHash ?? '0x',
      })
      assert.deepEqual(key, prepared.verificationKey)
    })
  })

  describe('a settled job', () => {
    let jobId: Hex

    before(async () => {
      jobId = (await settle()).jobId
    })

    it('behavior: getJob tells order, answer and payout, which add up to the price', async () => {
      const job = await getJob(chain.clientOf(1), { deployment: chain.network, jobId })

      assert.equal(job.state, 'Settled')
      assert.equal(hashOrder(job.order, chain.network), jobId)
      const { workerShare, royalty, fee, worker } = job.payout ?? assert.fail('no payout')
      assert.equal(worker, chain.addressOf(2))
      assert.equal(workerShare + royalty + fee, job.claim?.price)
      assert.equal(fee, ((job.claim?.price ?? 0n) * 250n) / 10_000n)
    })

    it('behavior: watchJob yields its events in order and ends', async () => {
      const names = []
      for await (const event of watchJob(chain.clientOf(1), { deployment: chain.network, jobId, pollMs: 10 })) {
        names.push(event.name)
      }

      assert.deepEqual(names, ['JobRequested', 'JobClaimed', 'JobAnswered', 'JobSettled'])
    })

    it('behavior: verifyResult holds in every step and the answer is the brightest pixel', async () => {
      const verification = await verifyResult(chain.clientOf(1), {
        deployment: chain.network,
        gatewayUrl: chain.network.gatewayUrl,
        jobId,
        expect: { modelId, input },
      })

      assertVerified(verification)
      assert.equal(verification.ok, true)
      const { job, manifest } = verification
      assert.ok(job?.answer !== undefined && manifest !== undefined)
      assert.equal(decodeOutput(manifest.output, job.answer.outputs).top?.label, 'c')
    })

    const expectations: [string, object, string][] = [
      ['another model', { modelId: keccak256('0x02') }, 'ModelMismatchError'],
      ['another input', { input: { inputCommitment: 1n } }, 'InputMismatchError'],
      ['an edited output', { outputs: [1n] }, 'OutputsMismatchError'],
      ['a setup by others', { minContributions: 2 }, 'SetupTooWeakError'],
      ['a sealed setup', { sealed: true }, 'SetupUnsealedError'],
    ]
    for (const [what, expect, name] of expectations) {
      it(`soundness: a caller that expects ${what} gets ${name}`, async () => {
        const { network } = chain
        const verification = await verifyResult(chain.clientOf(1), {
          deployment: network,
          gatewayUrl: network.gatewayUrl,
          jobId,
          expect,
        })

        assert.equal(verification.ok, false)
        assert.throws(() => assertVerified(verification), { name })
      })
    }

    it('soundness: a job of another chain or market fails at its order, not silently', async () => {
      const deployment = { ...chain.network, chainId: 1 }

      const { steps } = await verifyResult(chain.clientOf(1), {
        deployment,
        gatewayUrl: chain.network.gatewayUrl,
        jobId,
      })

      assert.deepEqual(
        steps
          .filter(({ ok }) => !ok)
          .map(({ error }) => error?.name)
          .slice(0, 2),
        ['ChainMismatchError', 'OrderMismatchError'],
      )
    })

    const lies: [string, string, (text: string, job: Job) => string, string, string][] = [
      ['an edited proof', 'eth_getTransactionByHash', (text) => flipLastDigit(text), 'proof', 'ProofInvalidError'],
      [
        "another worker's binding",
        'eth_getLogs',
        (text, { claim }) => text.replaceAll(claim?.worker.slice(2).toLowerCase() ?? '', '11'.repeat(20)),
        'proof',
        'BindingMismatchError',
      ],
      [
        'an answer that differs from the calldata',
        'eth_getLogs',
        (text, { answer }) =>
          text.replaceAll(wordOf(answer?.outputs[0] ?? 0n), wordOf((answer?.outputs[0] ?? 0n) + 1n)),
        'answer',
        'OutputsMismatchError',
      ],
      [
        'an order with another input',
        'eth_getLogs',
        (text, { order }) => text.replaceAll(wordOf(order.inputCommitment), wordOf(1n)),
        'order',
        'OrderMismatchError',
      ],
      ['another verification key', 'eth_getCode', (text) => flipLastDigit(text), 'key', 'KeyUnavailableError'],
    ]
    for (const [what, method, edit, step, name] of lies) {
      it(`soundness: a node that tells of ${what} is caught at \`${step}\` with ${name}`, async () => {
        const { network } = chain
        const client = chain.clientOf(1)
        const job = await getJob(client, { deployment: network, jobId })
        const liar = clientThrough(async (request) => {
          const result: unknown = await passOn(client, request)
          return request.method === method ? JSON.parse(edit(JSON.stringify(result), job)) : result
        })

        const verification = await verifyResult(liar, { deployment: network, gatewayUrl: network.gatewayUrl, jobId })

        assert.equal(verification.ok, false)
        assert.equal(verification.steps.find((each) => each.name === step)?.error?.name, name)
      })
    }

    it('soundness: a gateway that alters one bit of the input is caught', async () => {
      const gateway = createServer(async (incoming, response) => {
        const answer = await fetch(`${chain.network.gatewayUrl}${incoming.url}`)
        const bytes = new Uint8Array(await answer.arrayBuffer())
        if (incoming.url?.includes(input.cid)) bytes[0] = (bytes[0] ?? 0) ^ 1
        response.writeHead(answer.status).end(bytes)
      })
      await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
      // A listening TCP server has an address with a port.
      const { port } = gateway.address() as AddressInfo

      const { steps } = await verifyResult(chain.clientOf(1), {
        deployment: chain.network,
        gatewayUrl: `http://127.0.0.1:${port}`,
        jobId,
      })
      gateway.closeAllConnections()
      gateway.close()

      assert.equal(steps.find(({ name }) => name === 'input')?.error?.name, 'ContentMismatchError')
      assert.equal(steps.find(({ name }) => name === 'commitment')?.error?.name, 'StepSkippedError')
      assert.equal(steps.find(({ name }) => name === 'proof')?.ok, true)
    })

    it('behavior: inspectJobs reads the state of the jobs that it is given, in their order', async () => {
      const { jobs } = await listJobs(chain.clientOf(1), { deployment: chain.network, limit: 1000 })
      const oldestFirst = jobs.toReversed()

      const found = await inspectJobs(chain.clientOf(1), { deployment: chain.network, jobs: oldestFirst })

      assert.ok(found.length > 0)
      const facts = (some: typeof found) => some.map(({ jobId, state, claimReason }) => [jobId, state, claimReason])
      assert.deepEqual(facts(found), facts(oldestFirst))
    })

    it('behavior: listJobs pages through every job once, newest first', async () => {
      const all = await listJobs(chain.clientOf(1), { deployment: chain.network, limit: 1000 })
      const seen: Hex[] = []
      let toBlock: bigint | undefined
      do {
        const page = await listJobs(chain.clientOf(1), {
          deployment: chain.network,
          limit: 1,
          ...(toBlock === undefined ? {} : { toBlock }),
        })
        seen.push(...page.jobs.map((job) => job.jobId))
        toBlock = page.nextToBlock
      } while (toBlock !== undefined)

      assert.deepEqual(
        seen,
        all.jobs.map((job) => job.jobId),
      )
      assert.equal(seen[0], jobId)
    })
  })

  describe('jobs that end without an answer', () => {
    it('behavior: cancelJob returns the escrow to the free balance, and withdraw pays it out', async () => {
      const client = chain.clientOf(1)
      const account = chain.addressOf(1)
      const { order, jobId } = await request()
      const before = await getBalance(client, { deployment: chain.network, account })

      await cancelJob(client, { deployment: chain.network, order })

      const after = await getBalance(client, { deployment: chain.network, account })
      assert.equal(after.free - before.free, maxPrice)
      assert.equal((await getJob(client, { deployment: chain.network, jobId })).state, 'Cancelled')
      await withdraw(client, { deployment: chain.network, amount: after.free })
      assert.equal((await getBalance(client, { deployment: chain.network, account })).free, 0n)
    })

    it('error: another account cannot cancel, and the sentence names both', async () => {
      const { order } = await request()

      const failure = await failureOf(cancelJob(chain.clientOf(4), { deployment: chain.network, order }))

      assert.equal(revertOf(failure)?.name, 'NotRequester')
      assert.match(explainError(failure), new RegExp(chain.addressOf(1)))
    })

    it('behavior: a balance that was deposited pays for the next job', async () => {
      const client = chain.clientOf(6)
      await deposit(client, { deployment: chain.network, amount: maxPrice })

      await requestJob(client, { deployment: chain.network, terms: { modelId, input, maxPrice } })

      const balance = await getBalance(client, { deployment: chain.network, account: chain.addressOf(6) })
      assert.deepEqual(balance, { free: 0n, locked: maxPrice })
    })

    it('behavior: getFee reads the fee that a new job is requested under (S0-ESC-5)', async () => {
      const client = chain.clientOf(1)
      const { jobId } = await request({})

      assert.equal(await getFee(client, { deployment: chain.network }), 250)
      assert.equal((await getJob(client, { deployment: chain.network, jobId })).feeBps, 250)
    })

    it('behavior: expireJob slashes a silent worker, and refundJob ends the job later', async () => {
      const client = chain.clientOf(1)
      await addStake(chain.clientOf(2), { deployment: chain.network, amount: parseEther('1') })
      const { order, jobId } = await request({ proveSeconds: 60, claimSeconds: 600 })
      const stake = await getWorker(client, { deployment: chain.network, operator: chain.addressOf(2) })
      await claimJob(chain.clientOf(2), { deployment: chain.network, order })

      await chain.passTime(61)
      await expireJob(chain.clientOf(4), { deployment: chain.network, order })

      assert.equal((await getJob(client, { deployment: chain.network, jobId })).state, 'Requested')
      const left = await getWorker(client, { deployment: chain.network, operator: chain.addressOf(2) })
      assert.equal((stake?.free ?? 0n) - (left?.free ?? 0n), order.bond)
      await chain.passTime(601)
      await refundJob(chain.clientOf(4), { deployment: chain.network, order })
      const job = await getJob(client, { deployment: chain.network, jobId })
      assert.equal(job.state, 'Refunded')
      assert.equal(job.claim, undefined)
    })
  })

  it('error: a job that nobody requested is unknown', async () => {
    await assert.rejects(
      getJob(chain.clientOf(1), { deployment: chain.network, jobId: keccak256('0x03') }),
      JobUnknownError,
    )
  })

  it('behavior: watchJob goes on after polls that fail', async () => {
    const { jobId, order } = await request()
    const client = chain.clientOf(1)
    let failures = 3
    const flaky = clientThrough(async (request) => {
      failures -= 1
      if (failures >= 0) throw new Error('connection reset')
      return passOn(client, request)
    })
    const reported: unknown[] = []
    const events: WatchedEvent[] = []

    for await (const event of watchJob(flaky, {
      deployment: chain.network,
      jobId,
      pollMs: 10,
      onPollError: (error) => reported.push(error),
    })) {
      events.push(event)
      if (event.name === 'JobRequested') await cancelJob(client, { deployment: chain.network, order })
    }

    assert.equal(reported.length, 3)
    assert.deepEqual(
      events.map(({ name }) => name),
      ['JobRequested', 'JobCancelled'],
    )
  })

  it('behavior: watchJob stops with the reason of its signal', async () => {
    const { jobId } = await request()
    const stop = new AbortController()

    const watching = async () => {
      for await (const _ of watchJob(
        chain.clientOf(1),
        { deployment: chain.network, jobId, pollMs: 10 },
        stop.signal,
      )) {
        stop.abort(new Error('enough'))
      }
    }

    await assert.rejects(watching(), /enough/)
  })
})

function wordOf(value: bigint): string {
  return value.toString(16).padStart(64, '0')
}

/** Alters the last hexadecimal digit of the longest hexadecimal text: calldata in a transaction, code by itself. */
function flipLastDigit(text: string): string {
  const longest = (text.match(/0x[0-9a-f]+/g) ?? []).sort((a, b) => b.length - a.length)[0] ?? assert.fail(text)
  return text.replace(longest, longest.slice(0, -1) + (longest.endsWith('0') ? '1' : '0'))
}

/** An order whose members all differ and depend on the seed. */
function variedOrder(seed: number): JobOrder {
  const word = (member: number) => keccak256(toHex(`${seed}:${member}`))
  const number = (member: number, bits: bigint) => BigInt(word(member)) & ((1n << bits) - 1n)
  const address = (member: number) => numberToHex(number(member, 160n), { size: 20 })
  return {
    requester: address(0),
    token: address(1),
    minPrice: number(2, 96n),
    maxPrice: number(3, 96n),
    rampStart: Number(number(4, 40n)),
    rampSeconds: Number(number(5, 32n)),
    claimDeadline: Number(number(6, 40n)),
    proveSeconds: Number(number(7, 32n)),
    finalDeadline: Number(number(8, 40n)),
    modelId: word(9),
    inputCommitment: BigInt(word(10)),
    inputRoot: word(11),
    inputCid: word(12),
    assurance: address(13),
    assuranceData: bytesToHex(new Uint8Array(seed * 3).fill(seed)),
    bond: number(14, 96n),
    allowedWorker: address(15),
    minContributions: Number(number(16, 16n)),
    callback: address(17),
    callbackGas: Number(number(18, 32n)),
    maxFeeBps: Number(number(19, 16n)),
    nonce: BigInt(word(20)),
  }
}
