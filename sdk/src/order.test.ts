import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashTypedData, recoverTypedDataAddress, zeroAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { jobMarketAbi } from './abi/jobMarket.ts'
import { bindingOf } from './binding.ts'
import { hashOrder, type JobOrder, jobOrderTypes, orderDomain } from './order.ts'

const deployment = {
  chainId: 31_337,
  addresses: {
    jobMarket: '0x0000000000000000000000000000000000000001',
    modelRegistry: zeroAddress,
    workerRegistry: zeroAddress,
    proofVerifier: zeroAddress,
    proofAssurance: zeroAddress,
  },
} as const

const order: JobOrder = {
  requester: '0x0000000000000000000000000000000000000002',
  token: zeroAddress,
  minPrice: 1n,
  maxPrice: 2n ** 96n - 1n,
  rampStart: 3,
  rampSeconds: 4,
  claimDeadline: 5,
  proveSeconds: 6,
  finalDeadline: 2 ** 40 - 1,
  modelId: `0x${'07'.repeat(32)}`,
  inputCommitment: 8n,
  inputRoot: `0x${'09'.repeat(32)}`,
  inputCid: `0x${'0a'.repeat(32)}`,
  assurance: '0x000000000000000000000000000000000000000b',
  assuranceData: '0x0c',
  bond: 13n,
  allowedWorker: zeroAddress,
  minContributions: 14,
  callback: zeroAddress,
  callbackGas: 15,
  maxFeeBps: 16,
  nonce: 17n,
}

describe('order', () => {
  it('invariant: the digest is the golden one; the integration test compares the market to it', () => {
    assert.equal(hashOrder(order, deployment), '0xb167693b8c69fcf2ecb241736138f4d063463a02e55a52d3a0b037070a237dda')
  })

  it('soundness: every member, the chain and the market change the digest', () => {
    const digest = hashOrder(order, deployment)
    for (const { name, type } of jobOrderTypes.JobOrder) {
      const value = order[name]
      // The member's own type, with another value.
      const changed = { ...order, [name]: another(value, type) } as JobOrder

      assert.notEqual(hashOrder(changed, deployment), digest, name)
    }
    assert.notEqual(hashOrder(order, { ...deployment, chainId: 1 }), digest)
    const addresses = { ...deployment.addresses, jobMarket: zeroAddress }
    assert.notEqual(hashOrder(order, { ...deployment, addresses }), digest)
  })

  it('invariant: the EIP-712 type restates the struct of the ABI, member by member', () => {
    const call = jobMarketAbi.find((item) => item.type === 'function' && item.name === 'requestJob')
    assert.ok(call?.type === 'function' && call.name === 'requestJob')
    const members = call.inputs[0].components.map(({ name, type }) => ({ name, type }))

    assert.deepEqual([...jobOrderTypes.JobOrder], members)
  })

  it("behavior: a wallet's signature of the typed data recovers to its account", async () => {
    const account = privateKeyToAccount(`0x${'01'.repeat(32)}`)
    const typedData = {
      domain: orderDomain(deployment),
      types: jobOrderTypes,
      primaryType: 'JobOrder',
      message: order,
    } as const

    const signature = await account.signTypedData(typedData)

    assert.equal(await recoverTypedDataAddress({ ...typedData, signature }), account.address)
    assert.equal(hashTypedData(typedData), hashOrder(order, deployment))
  })
})

function another(value: string | number | bigint, type: string): string | number | bigint {
  if (typeof value === 'bigint') return value - 1n
  if (typeof value === 'number') return value - 1
  return type === 'bytes' ? '0x' : value.replace(/.$/, 'f')
}

describe('binding', () => {
  const terms = { chainId: 1, market: zeroAddress, jobId: order.modelId, worker: order.requester }

  it('invariant: the golden value, below 2^248', () => {
    assert.equal(bindingOf(terms), 162427491448523077867520494312663390292139494206611163988878498312667102701n)
    assert.ok(bindingOf(terms) < 2n ** 248n)
  })

  it('soundness: chain, market, job and worker each change it', () => {
    const others = [
      { ...terms, chainId: 2 },
      { ...terms, market: order.assurance },
      { ...terms, jobId: order.inputRoot },
      { ...terms, worker: zeroAddress },
    ]

    assert.equal(new Set([terms, ...others].map(bindingOf)).size, 5)
  })
})
