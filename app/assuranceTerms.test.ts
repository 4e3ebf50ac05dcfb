import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orderDefaults } from '@assay/sdk/buildOrder'
import { decodeOptimisticTerms } from '@assay/sdk/optimisticTerms'
import { offeredAssurances } from './assurances.ts'
import { assuranceTerms } from './assuranceTerms.ts'

const address = '0x00000000000000000000000000000000000000A1'
const contracts = {
  jobMarket: address,
  modelRegistry: address,
  workerRegistry: address,
  proofVerifier: address,
  proofAssurance: address,
} as const
const plain = { addresses: contracts }
const both = { addresses: { ...contracts, optimisticAssurance: address } } as const

test('behavior: only what the network has is offered', () => {
  assert.deepEqual(offeredAssurances(plain), ['proof'])
  assert.deepEqual(offeredAssurances(both), ['proof', 'optimistic'])
  assert.deepEqual(assuranceTerms(plain, { assurance: 'optimistic', challengeBond: 1n }), {})
  assert.deepEqual(assuranceTerms(both, { assurance: 'proof', challengeBond: 1n }), {})
})

test('invariant: an optimistic order lasts until its last answer was challenged and defended', () => {
  const { assuranceData, finalSeconds, assurance } = assuranceTerms(both, {
    assurance: 'optimistic',
    challengeBond: 7n,
  })
  const { windowSeconds, defenceSeconds, challengeBond } = decodeOptimisticTerms(assuranceData ?? '0x')

  assert.equal(assurance, address)
  assert.equal(challengeBond, 7n)
  const { claimSeconds, proveSeconds } = orderDefaults
  assert.ok((finalSeconds ?? 0) >= claimSeconds + proveSeconds + windowSeconds + defenceSeconds)
})
