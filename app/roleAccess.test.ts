import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, encodeFunctionData, parseAbi } from 'viem'
import type { RoleHolder, Roles } from './hooks/useGovernance.ts'
import { mayCancel, powerOf } from './roleAccess.ts'

const address = (byte: string): Address => `0x${byte.repeat(20)}`
const [setter, guardian, admin, stranger, jobMarket] = ['a1', 'a2', 'a3', 'a4', 'b1'].map(address) as [
  Address,
  Address,
  Address,
  Address,
  Address,
]
const holder = (account: Address, since = 100): RoleHolder => ({ account, since, delaySeconds: 60, next: undefined })
const roles: Roles = {
  needed: new Map([['fee', 1n]]),
  roles: new Map([
    [0n, { roleId: 0n, guardian: 0n, holders: [holder(admin)] }],
    [1n, { roleId: 1n, guardian: 5n, holders: [holder(setter)] }],
    [5n, { roleId: 5n, guardian: 0n, holders: [holder(guardian)] }],
  ]),
}
const others = { modelRegistry: stranger, workerRegistry: stranger, proofVerifier: stranger, proofAssurance: stranger }
const network = { addresses: { jobMarket, ...others } }
const data = encodeFunctionData({ abi: parseAbi(['function setFeeBps(uint16)']), args: [300] })

test('behavior: a power is held by the holders of the role that its function needs, from when it was given on', () => {
  assert.equal(powerOf(roles, { power: 'fee', account: setter, now: 100 })?.delaySeconds, 60)
  assert.equal(powerOf(roles, { power: 'fee', account: setter, now: 99 }), undefined)
  assert.equal(powerOf(roles, { power: 'fee', account: stranger, now: 100 }), undefined)
  assert.equal(powerOf(roles, { power: 'pause', account: setter, now: 100 }), undefined)
})

test('behavior: who scheduled a call, the administrator, and the guardian of its role may cancel it, and nobody else', () => {
  const operation = { caller: setter, target: jobMarket, data }
  const able = [setter, guardian, admin, stranger].map((account) =>
    mayCancel({ account, operation, roles, network, now: 100 }),
  )

  assert.deepEqual(able, [true, true, true, false])
})

test('soundness: a guardian is not offered to cancel the same function of another contract', () => {
  const operation = { caller: setter, target: stranger, data }

  assert.equal(mayCancel({ account: guardian, operation, roles, network, now: 100 }), false)
})
