import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClient, custom } from 'viem'
import { sendTransaction } from 'viem/actions'
import { foundry } from 'viem/chains'
import { requestByCalls } from './contractAccount.ts'

const account = '0x00000000000000000000000000000000000000aa'
const to = '0x00000000000000000000000000000000000000bb'
const mined = `0x${'12'.repeat(32)}` as const

/** A client that sends through a wallet whose answers are given by method; a number is the code of an error. */
function fakeWallet(answers: Record<string, unknown[]>) {
  const asked: string[] = []
  const request = async ({ method }: { method: string }) => {
    asked.push(method)
    const answer = answers[method]?.shift()
    if (typeof answer === 'number') throw Object.assign(new Error('refused'), { code: answer })
    return answer
  }
  const wallet = createClient({
    account,
    chain: foundry,
    transport: custom({ request }, { retryCount: 0 }),
    pollingInterval: 1,
  })
  const sender = createClient({
    account,
    chain: foundry,
    transport: custom({ request: requestByCalls(wallet) }, { retryCount: 0 }),
  })
  return { asked, send: () => sendTransaction(sender, { to, value: 1n, chain: null }) }
}

const status = (code: number, receipts: unknown[] = []) => ({
  version: '2.0.0',
  id: 'x',
  chainId: '0x7a69',
  atomic: true,
  status: code,
  receipts,
})
const receipt = {
  transactionHash: mined,
  blockNumber: '0x1',
  gasUsed: '0x1',
  status: '0x1',
  logs: [],
  blockHash: mined,
}

describe('requestByCalls', () => {
  it('error: a rejection is told on, and nothing else is asked', async () => {
    const { asked, send } = fakeWallet({ wallet_sendCalls: [4001] })

    await assert.rejects(send(), (error: Error) => /rejected/i.test(error.message))
    assert.deepEqual(asked, ['wallet_sendCalls'])
  })

  it('error: owners who refuse end it with the status', async () => {
    const { send } = fakeWallet({ wallet_sendCalls: [{ id: 'x' }], wallet_getCallsStatus: [status(100), status(400)] })

    await assert.rejects(send(), (error: Error) => /status 400 and sent nothing/.test(error.message))
  })

  it('behavior: the hash is that of the transaction that was mined once the owners have signed', async () => {
    const { asked, send } = fakeWallet({
      wallet_sendCalls: [{ id: 'x' }],
      wallet_getCallsStatus: [status(100), status(100), status(200, [receipt])],
    })

    assert.equal(await send(), mined)
    assert.equal(asked.filter((method) => method === 'wallet_getCallsStatus').length, 3)
  })

  it('behavior: a wallet that does not know calls is asked for a transaction', async () => {
    const { asked, send } = fakeWallet({ wallet_sendCalls: [-32601], eth_sendTransaction: [mined] })

    assert.equal(await send(), mined)
    assert.deepEqual(asked, ['wallet_sendCalls', 'eth_sendTransaction'])
  })
})
