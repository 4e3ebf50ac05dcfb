import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { accessManagerAbi } from '@assay/sdk/abi/accessManager'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { workerRegistryAbi } from '@assay/sdk/abi/workerRegistry'
import { cancelOperation } from '@assay/sdk/cancelOperation'
import { cancelRecovery } from '@assay/sdk/cancelRecovery'
import { claimJob } from '@assay/sdk/claimJob'
import { addressIn } from '@assay/sdk/deployment'
import { revertOf } from '@assay/sdk/errors'
import { executeOperation } from '@assay/sdk/executeOperation'
import { expireJob } from '@assay/sdk/expireJob'
import { getFee } from '@assay/sdk/getFee'
import { getWorker } from '@assay/sdk/getWorker'
import { revokeSigner } from '@assay/sdk/revokeSigner'
import { scheduleOperation } from '@assay/sdk/scheduleOperation'
import { setMetadata } from '@assay/sdk/setMetadata'
import { setSigner } from '@assay/sdk/setSigner'
import { withdrawSlashed } from '@assay/sdk/withdrawSlashed'
import { encodeFunctionData, zeroAddress } from 'viem'
import { readContract, sendTransaction, waitForTransactionReceipt } from 'viem/actions'
import { failureOf, openSdkMarket, type SdkMarket } from './sdkMarket.ts'

describe('what holders of roles and operators of workers do', () => {
  let market: SdkMarket

  before(async () => {
    market = await openSdkMarket()
  })

  after(async () => {
    await market?.stop()
  })

  const deployment = () => market.chain.network
  const registry = () => ({ address: deployment().addresses.workerRegistry, abi: workerRegistryAbi }) as const
  const read = async () =>
    (await getWorker(market.chain.clientOf(0), {
      deployment: deployment(),
      operator: market.chain.addressOf(2),
    })) ?? assert.fail('account 2 is a worker')

  const feeCall = (bps: number) => ({
    deployment: deployment(),
    target: deployment().addresses.jobMarket,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'setFeeBps', args: [bps] }),
  })

  test('behavior: a role with a delay schedules a change, and carries it out when the delay has passed', async () => {
    const { clientOf, addressOf, passTime } = market.chain
    const grant = encodeFunctionData({
      abi: accessManagerAbi,
      functionName: 'grantRole',
      args: [1n, addressOf(5), 3600],
    })
    const target = addressIn(deployment(), 'accessManager')
    await executeOperation(clientOf(0), { deployment: deployment(), target, data: grant })

    const unasked = await failureOf(scheduleOperation(clientOf(6), feeCall(100)))
    assert.equal(revertOf(unasked)?.name, 'AccessManagerUnauthorizedCall')
    await scheduleOperation(clientOf(5), feeCall(100))
    assert.equal(
      revertOf(await failureOf(scheduleOperation(clientOf(5), feeCall(100))))?.name,
      'AccessManagerAlreadyScheduled',
    )
    const early = await failureOf(executeOperation(clientOf(5), feeCall(100)))
    assert.equal(revertOf(early)?.name, 'AccessManagerNotReady')
    await passTime(3601)
    await executeOperation(clientOf(5), feeCall(100))

    assert.equal(await getFee(clientOf(0), { deployment: deployment() }), 100)
  })

  test('error: what the market refuses of a change is decoded through the access manager', async () => {
    const refused = await failureOf(executeOperation(market.chain.clientOf(0), feeCall(501)))

    assert.deepEqual(revertOf(refused), { name: 'FeeTooHigh', args: [501n, 500n] })
  })

  test('behavior: who scheduled a change and the guardian cancel it, and nobody else', async () => {
    const { clientOf, addressOf } = market.chain
    const caller = addressOf(5)
    const cancel = (index: number) => cancelOperation(clientOf(index), { ...feeCall(200), caller })
    await scheduleOperation(clientOf(5), feeCall(200))
    assert.equal(revertOf(await failureOf(cancel(6)))?.name, 'AccessManagerUnauthorizedCancel')

    await cancel(0)
    assert.equal(revertOf(await failureOf(cancel(5)))?.name, 'AccessManagerNotScheduled')
    await scheduleOperation(clientOf(5), feeCall(200))
    await cancel(5)
  })

  test('behavior: an operator describes its worker anew, and ends the grace of a signer that it replaced', async () => {
    const { clientOf, addressOf } = market.chain
    const operator = addressOf(2)
    const call = { deployment: deployment() }
    const metadataCid = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
    const signerOf = (index: number) =>
      readContract(clientOf(0), { ...registry(), functionName: 'operatorOf', args: [addressOf(index)] })

    await setMetadata(clientOf(2), { ...call, metadataCid })
    await setSigner(clientOf(2), { ...call, signer: addressOf(7) })
    await setSigner(clientOf(2), { ...call, signer: addressOf(8) })
    assert.equal(await signerOf(7), operator)
    const foreign = await failureOf(revokeSigner(clientOf(6), { ...call, operator, signer: addressOf(7) }))
    assert.equal(revertOf(foreign)?.name, 'NotGuardian')
    await revokeSigner(clientOf(2), { ...call, operator, signer: addressOf(7) })

    assert.deepEqual(await read().then((worker) => [worker.metadataCid, worker.signer]), [metadataCid, addressOf(8)])
    assert.equal(revertOf(await failureOf(signerOf(7)))?.name, 'SignerRevoked')
  })

  test('behavior: an operator stops its guardian from putting another signer in place', async () => {
    const { clientOf, addressOf } = market.chain
    const operator = addressOf(2)
    const send = async (index: number, data: `0x${string}`) => {
      const client = clientOf(index)
      assert.ok(client.account)
      const { account } = client
      const hash = await sendTransaction(client, { account, to: registry().address, data, chain: client.chain ?? null })
      await waitForTransactionReceipt(client, { hash })
    }
    const abi = workerRegistryAbi
    const [guardian, coming] = [addressOf(9), addressOf(10)]
    await send(2, encodeFunctionData({ abi, functionName: 'setGuardian', args: [operator, guardian] }))
    await send(9, encodeFunctionData({ abi, functionName: 'startRecovery', args: [operator, coming] }))
    const started = await read()
    assert.deepEqual([started.guardian, started.recoverySigner], [guardian, coming])
    assert.ok(started.recoverableAt > 0)

    await cancelRecovery(clientOf(2), { deployment: deployment(), operator })

    assert.deepEqual(await read().then((worker) => [worker.recoverySigner, worker.recoverableAt]), [zeroAddress, 0])
  })

  test('behavior: who enforces a worker’s due time fetches its share of the bond', async () => {
    const { clientOf, addressOf, passTime } = market.chain
    const { order } = await market.request({ bond: 1_000_000n })
    await claimJob(clientOf(2), { deployment: deployment(), order })
    await passTime(order.proveSeconds + 1)
    await expireJob(clientOf(4), { deployment: deployment(), order })
    const credit = () =>
      readContract(clientOf(0), { ...registry(), functionName: 'slashedCreditOf', args: [addressOf(4)] })
    assert.ok((await credit()) > 0n)

    await withdrawSlashed(clientOf(4), { deployment: deployment() })

    assert.equal(await credit(), 0n)
    const again = await failureOf(withdrawSlashed(clientOf(4), { deployment: deployment() }))
    assert.equal(revertOf(again)?.name, 'NothingCredited')
  })
})
