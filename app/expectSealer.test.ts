import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Address, createClient, custom, type Hex } from 'viem'
import { ContractSealingError, expectSealer, SealingAccountError } from './expectSealer.ts'

const owner: Address = `0x${'aa'.repeat(20)}`
const stranger: Address = `0x${'bb'.repeat(20)}`

/** A client of a chain on which every account has this code. */
const fakeClient = (code: Hex) => createClient({ transport: custom({ request: async () => code }) })

describe('expectSealer', () => {
  it('soundness: another account than the owner is refused', async () => {
    await assert.rejects(expectSealer(fakeClient('0x'), { owner, account: stranger }), (error) => {
      return error instanceof SealingAccountError && error.account === stranger && error.owner === owner
    })
  })

  it('error: an owner that is a contract cannot announce, so it is told before it tries', async () => {
    await assert.rejects(expectSealer(fakeClient('0x6001'), { owner, account: owner }), ContractSealingError)
  })

  it('behavior: the owner may, also with code that it delegates to (EIP-7702)', async () => {
    await expectSealer(fakeClient('0x'), { owner, account: owner })
    await expectSealer(fakeClient(`0xef0100${'cc'.repeat(20)}`), { owner, account: owner })
  })
})
