import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { acceptModel } from '@assay/sdk/acceptModel'
import { deprecateModel } from '@assay/sdk/deprecateModel'
import { revertOf } from '@assay/sdk/errors'
import { getModel } from '@assay/sdk/getModel'
import { offerModel } from '@assay/sdk/offerModel'
import { isAddressEqual, zeroAddress } from 'viem'
import { failureOf, openSdkMarket, type SdkMarket } from './sdkMarket.ts'

describe('what a model’s owner does with it', () => {
  let market: SdkMarket

  before(async () => {
    market = await openSdkMarket()
  })

  after(async () => {
    await market?.stop()
  })

  const read = () => getModel(market.chain.clientOf(0), { deployment: market.chain.network, modelId: market.modelId })
  const call = () => ({ deployment: market.chain.network, modelId: market.modelId })

  test('behavior: a model goes to another account when it was offered to it, and not before', async () => {
    const heir = market.chain.clientOf(6)
    assert.ok(heir.account)
    assert.equal(revertOf(await failureOf(acceptModel(heir, call())))?.name, 'ModelNotOffered')

    await offerModel(market.chain.clientOf(3), { ...call(), to: heir.account.address })
    assert.ok(isAddressEqual((await read()).offeredTo, heir.account.address))
    await acceptModel(heir, call())

    const { owner, offeredTo } = await read()
    assert.ok(isAddressEqual(owner, heir.account.address))
    assert.equal(offeredTo, zeroAddress)
  })

  test('error: only its owner retires a model; it takes no new orders after that', async () => {
    assert.equal(revertOf(await failureOf(deprecateModel(market.chain.clientOf(3), call())))?.name, 'NotModelOwner')

    await deprecateModel(market.chain.clientOf(6), call())

    assert.equal((await read()).deprecated, true)
    assert.equal(revertOf(await failureOf(market.request()))?.name, 'ModelIsDeprecated')
  })
})
