import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { buildOrder } from '@assay/sdk/buildOrder'
import { cancelJob } from '@assay/sdk/cancelJob'
import { cancelNonces } from '@assay/sdk/cancelNonces'
import { claimSigned } from '@assay/sdk/claimSigned'
import { deposit } from '@assay/sdk/deposit'
import { revertOf } from '@assay/sdk/errors'
import { fetchOrder } from '@assay/sdk/fetchOrder'
import { findNonce } from '@assay/sdk/findNonce'
import { getBalance } from '@assay/sdk/getBalance'
import { getJob } from '@assay/sdk/getJob'
import { inspectOrder } from '@assay/sdk/inspectOrder'
import { OrderRefusedError, postOrder } from '@assay/sdk/postOrder'
import { preflightOrder } from '@assay/sdk/preflightOrder'
import { preflightReasons, preflightSentences } from '@assay/sdk/preflightReasons'
import { quoteOrder } from '@assay/sdk/quoteOrder'
import { releaseJob } from '@assay/sdk/releaseJob'
import { requestJob } from '@assay/sdk/requestJob'
import { signOrder } from '@assay/sdk/signOrder'
import { PermitUselessError, permit2Address, signPermit } from '@assay/sdk/signPermit'
import { submitResult } from '@assay/sdk/submitResult'
import { submitSigned } from '@assay/sdk/submitSigned'
import { type Abi, type Address, erc20Abi, maxUint256, parseAbi, parseEther, parseSignature, zeroAddress } from 'viem'
import { waitForTransactionReceipt, writeContract } from 'viem/actions'
import { deployArtifact, failureOf, openSdkMarket, readArtifact, type SdkMarket } from './sdkMarket.ts'
import { proveTinyAnswer } from './tinyModel.ts'

const maxPrice = parseEther('0.01')
const permitAbi = parseAbi(['function permit(address,address,uint256,uint256,uint8,bytes32,bytes32)'])
const requester = 5

describe('orders of the sdk on a local chain', () => {
  let market: SdkMarket
  let token: Address

  before(async () => {
    market = await openSdkMarket()
    await deposit(client(requester), { deployment: network(), amount: maxPrice * 10n })
    token = await deployArtifact(client(0), { path: 'mocks/PermitTokenMock' })
    await send(0, { address: network().addresses.jobMarket, functionName: 'allowToken', args: [token, true] })
  })
  after(() => market?.stop())

  const network = () => market.chain.network
  const client = (index: number) => market.chain.clientOf(index)
  const build = (overrides = {}) =>
    buildOrder(client(requester), { deployment: network(), terms: market.terms(overrides) })
  const sign = async (overrides = {}) =>
    signOrder(client(requester), { deployment: network(), order: await build(overrides) })

  async function send(index: number, call: { address: Address; functionName: string; args: unknown[] }) {
    const abi: Abi = [...jobMarketAbi, ...erc20Abi, ...parseAbi(['function mint(address to, uint256 amount)'])]
    const { account } = client(index)
    if (account === undefined) return assert.fail('no account')
    const hash = await writeContract(client(index), { ...call, abi, account, chain: null })
    await waitForTransactionReceipt(client(index), { hash })
  }

  describe('signed orders', () => {
    it('behavior: a posted order is read, claimed and answered with no transaction of its requester', async () => {
      const signed = await sign()
      const { cid, jobId } = await postOrder(client(4), {
        deployment: network(),
        contentApiUrl: network().contentApiUrl,
        ...signed,
      })

      const read = await fetchOrder({ deployment: network(), gatewayUrl: network().gatewayUrl, cid })
      const claim = await claimSigned(client(2), { deployment: network(), ...read })
      const answer = await proveTinyAnswer(market.chain, {
        prepared: market.prepared,
        jobId,
        worker: claim.worker,
        values: market.input.values,
      })
      const { payout } = await submitResult(client(2), { deployment: network(), order: read.order, ...answer })

      assert.deepEqual(read, { order: signed.order, signature: signed.signature })
      assert.equal(claim.jobId, jobId)
      assert.equal(payout?.worker, market.chain.addressOf(2))
      assert.equal((await getJob(client(1), { deployment: network(), jobId })).state, 'Settled')
    })

    it('behavior: submitSigned wins an open race for a worker that has no stake', async () => {
      const { order, signature, jobId } = await sign()
      const worker = market.chain.addressOf(7)
      const answer = await proveTinyAnswer(market.chain, {
        prepared: market.prepared,
        jobId,
        worker,
        values: market.input.values,
      })

      const { payout } = await submitSigned(client(8), { deployment: network(), order, signature, worker, ...answer })

      assert.equal(payout?.worker, worker)
      assert.equal((await getJob(client(1), { deployment: network(), jobId })).payout?.worker, worker)
    })

    it('behavior: inspectOrder finds what holds and what does not, beside what concerns a worker', async () => {
      const good = await sign()
      const inspect = (signed: typeof good) => inspectOrder(client(4), { deployment: network(), ...signed })
      const { signature } = await signOrder(client(6), { deployment: network(), order: good.order })

      const found = await inspect(good)
      const forged = await inspect({ ...good, signature })
      const order = { ...good.order, maxPrice: 1n }
      const inverted = await inspect(await signOrder(client(requester), { deployment: network(), order }))
      await claimSigned(client(2), { deployment: network(), ...good })
      const claimed = await inspect(good)

      const { jobId, state, isSigned, isNonceUsed, preflight } = found
      assert.deepEqual([jobId, state, isSigned, isNonceUsed, preflight.ok], [good.jobId, 'None', true, false, true])
      assert.ok(found.price >= good.order.minPrice && found.price <= maxPrice && found.free >= found.price)
      assert.deepEqual([forged.isSigned, forged.preflight.reason], [false, 'SignatureInvalid'])
      assert.deepEqual([inverted.price, inverted.preflight.reason], [1n, 'PriceRangeInverted'])
      assert.deepEqual([claimed.state, claimed.isNonceUsed, claimed.preflight.ok], ['Claimed', true, false])
      await releaseJob(client(2), { deployment: network(), order: good.order })
      await cancelJob(client(requester), { deployment: network(), order: good.order })
    })

    it('error: an order that another account signed is refused with the requester', async () => {
      const order = await build()
      const { signature, jobId } = await signOrder(client(6), { deployment: network(), order })

      const failure = await failureOf(claimSigned(client(2), { deployment: network(), order, signature }))

      assert.deepEqual(revertOf(failure), { name: 'SignatureInvalid', args: [jobId, order.requester] })
    })

    it('error: an order that nobody could claim is not posted', async () => {
      const post = (signed: Awaited<ReturnType<typeof sign>>) =>
        postOrder(client(4), { deployment: network(), contentApiUrl: network().contentApiUrl, ...signed })
      const forged = { ...(await sign()), signature: (await sign({ bond: 1n })).signature }

      const refusals = await Promise.all(
        [forged, await sign({ maxPrice: maxPrice * 100n, minPrice: maxPrice * 100n })].map((signed) =>
          failureOf(post(signed)),
        ),
      )

      assert.ok(refusals.every((error) => error instanceof OrderRefusedError))
      assert.deepEqual(
        refusals.map((error) => error instanceof OrderRefusedError && error.reason),
        ['SignatureInvalid', 'BalanceTooLow'],
      )
    })
  })

  describe('nonces', () => {
    it('behavior: cancelNonces makes signed orders useless, across words, and findNonce walks over them', async () => {
      const [near, far] = [await sign({ nonce: 300n }), await sign({ nonce: 5n })]

      const { hashes } = await cancelNonces(client(requester), { deployment: network(), nonces: [300n, 5n, 6n] })

      assert.equal(hashes.length, 2)
      for (const { order, signature } of [near, far]) {
        const failure = await failureOf(claimSigned(client(2), { deployment: network(), order, signature }))
        assert.equal(revertOf(failure)?.name, 'NonceUsed')
      }
      const account = market.chain.addressOf(requester)
      const first = await findNonce(client(1), { deployment: network(), requester: account })
      const skip = Array.from({ length: 40 }, (_, index) => first + BigInt(index))
      const next = await findNonce(client(1), { deployment: network(), requester: account, skip })
      assert.ok(!skip.includes(next) && ![5n, 6n, 300n].includes(next))
    })

    it('behavior: an order with the nonce that was found after a gap is taken', async () => {
      const { address, nonce } = { address: market.chain.addressOf(9), nonce: 1n }
      await cancelNonces(client(9), { deployment: network(), nonces: [0n, nonce, 2n, 4n] })

      assert.equal(await findNonce(client(1), { deployment: network(), requester: address }), 3n)
      assert.equal(await findNonce(client(1), { deployment: network(), requester: address, skip: [3n] }), 5n)
    })
  })

  describe('payment in tokens', () => {
    before(async () => {
      for (const index of [5, 6]) {
        await send(0, { address: token, functionName: 'mint', args: [market.chain.addressOf(index), maxPrice * 4n] })
      }
      const { deployedBytecode } = readArtifact('mocks/Permit2Mock')
      await market.chain.testClient.setCode({ address: permit2Address, bytecode: deployedBytecode })
      await send(6, { address: token, functionName: 'approve', args: [permit2Address, maxUint256] })
    })

    it("behavior: a token's own permit pays for a request in one transaction", async () => {
      const terms = market.terms({ token })

      const { order } = await requestJob(client(5), { deployment: network(), terms, permit: 'erc2612' })

      const account = order.requester
      const balance = await getBalance(client(5), { deployment: network(), account, token })
      assert.deepEqual(balance, { free: 0n, locked: maxPrice })
    })

    it('behavior: Permit2 pays for a request and for a deposit', async () => {
      const account = market.chain.addressOf(6)

      await requestJob(client(6), { deployment: network(), terms: market.terms({ token }), permit: 'permit2' })
      await deposit(client(6), { deployment: network(), token, amount: 7n, permit: 'permit2' })

      const balance = await getBalance(client(6), { deployment: network(), account, token })
      assert.deepEqual(balance, { free: 7n, locked: maxPrice })
    })

    it('error: tokens that were neither approved nor permitted are refused with both amounts', async () => {
      const failure = await failureOf(
        requestJob(client(5), { deployment: network(), terms: market.terms({ token, maxPrice: 77n, minPrice: 77n }) }),
      )

      assert.equal(revertOf(failure)?.name, 'ERC20InsufficientAllowance')
    })

    it('behavior: a permit that was signed is taken by the token itself', async () => {
      const account = market.chain.addressOf(5)
      const terms = { deployment: network(), token, amount: 3n, kind: 'erc2612' } as const
      const { deadline, signature } = await signPermit(client(5), terms)
      const { r, s, yParity } = parseSignature(signature)

      const hash = await writeContract(client(6), {
        ...{
          address: token,
          abi: permitAbi,
          functionName: 'permit',
          account: client(6).account ?? zeroAddress,
          chain: null,
        },
        args: [account, network().addresses.jobMarket, 3n, deadline, 27 + yParity, r, s],
      })
      const { status } = await waitForTransactionReceipt(client(6), { hash })

      assert.equal(status, 'success')
    })

    it("error: a permit for the chain's own coin is refused before anything is signed", async () => {
      await assert.rejects(
        requestJob(client(5), { deployment: network(), terms: market.terms(), permit: 'permit2' }),
        PermitUselessError,
      )
    })
  })

  describe('quotes and preflights', () => {
    it('behavior: a quote shares out the price of the ramp at a time', async () => {
      const order = await build({ minPrice: maxPrice / 2n, rampSeconds: 100 })
      const at = (seconds: number) =>
        quoteOrder(client(1), { deployment: network(), order, timestamp: order.rampStart + seconds, gas: 1_000_000n })

      const [start, end] = [await at(0), await at(100)]

      assert.equal(start.price, maxPrice / 2n)
      assert.equal(end.price, maxPrice)
      assert.equal(end.workerShare + end.royalty + end.fee, maxPrice)
      assert.equal(end.breakEvenGasPrice, end.workerShare / 1_000_000n)
      assert.deepEqual(Object.keys(end.recent), ['jobs', 'fillRateBps', 'clearingPrice', 'latencySeconds', 'newestAt'])
    })

    it("invariant: the reasons are those of the lens's enum, in its order, each with a sentence", () => {
      const source = readFileSync(join(import.meta.dirname, '../../contracts/interfaces/IMarketLens.sol'), 'utf8')
      const members = (/enum Reason \{([\s\S]*?)\n {4}\}/.exec(source)?.[1] ?? '')
        .split('\n')
        .flatMap((line) => /^ {8}(\w+),?$/.exec(line)?.[1] ?? [])

      assert.deepEqual([...preflightReasons], members)
      for (const reason of preflightReasons) assert.match(preflightSentences[reason], /^[A-Z][^\n]+\.$/)
    })

    it('behavior: each call that would revert is told with its reason, and what would pass with None', async () => {
      const { order, jobId } = await market.request()
      const signed = await sign()
      const worker = market.chain.addressOf(2)
      const answer = await proveTinyAnswer(market.chain, {
        prepared: market.prepared,
        jobId: signed.jobId,
        worker,
        values: market.input.values,
      })
      const edited = { ...answer, outputs: answer.outputs.map((word) => word + 1n) }
      const open = { call: 'submitSigned', worker, signature: signed.signature } as const
      const reasons = [
        preflightOrder(client(1), { deployment: network(), order, call: 'request' }),
        preflightOrder(client(1), { deployment: network(), order: signed.order, call: 'request' }),
        preflightOrder(client(1), { deployment: network(), order, call: 'claim', account: worker }),
        preflightOrder(client(1), { deployment: network(), order, call: 'claim', account: zeroAddress }),
        preflightOrder(client(1), { deployment: network(), order, call: 'submit', ...answer }),
        preflightOrder(client(1), { deployment: network(), ...signed, call: 'claimSigned', account: worker }),
        preflightOrder(client(1), { deployment: network(), order: signed.order, ...open, ...answer }),
        preflightOrder(client(1), { deployment: network(), order: signed.order, ...open, ...edited }),
      ]

      assert.deepEqual(
        (await Promise.all(reasons)).map(({ reason }) => reason),
        ['NonceUsed', 'None', 'None', 'WorkerUnknown', 'WrongState', 'None', 'None', 'EvidenceRejected'],
      )
      assert.equal((await getJob(client(1), { deployment: network(), jobId })).state, 'Requested')
    })
  })
})
