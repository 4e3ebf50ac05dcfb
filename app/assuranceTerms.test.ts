import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeAuditTerms } from '@assay/sdk/auditTerms'
import { orderDefaults } from '@assay/sdk/buildOrder'
import { decodeOptimisticTerms } from '@assay/sdk/optimisticTerms'
import { decodeQuorumTerms } from '@assay/sdk/quorumTerms'
import { type AssuranceName, offeredAssurances } from './assurances.ts'
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

const all = {
  addresses: { ...contracts, optimisticAssurance: address, auditAssurance: address, quorumAssurance: address },
} as const
const limits = { challengeBond: 7n, minDrawSeconds: 900 }
const { claimSeconds, proveSeconds } = orderDefaults
const termsOf = (assurance: AssuranceName, maxPrice = 1000n) => assuranceTerms(all, { assurance, limits, maxPrice })

test('behavior: only what the network has is offered', () => {
  assert.deepEqual(offeredAssurances(plain), ['proof'])
  assert.deepEqual(offeredAssurances(all), ['proof', 'optimistic', 'audit', 'quorum'])
  assert.deepEqual(termsOf('proof'), {})
  for (const assurance of ['optimistic', 'audit', 'quorum'] as const)
    assert.deepEqual(assuranceTerms(plain, { assurance, limits, maxPrice: 1n }), {})
})

test('invariant: an optimistic order lasts until its last answer was challenged and defended', () => {
  const { assuranceData, finalSeconds, assurance } = termsOf('optimistic')
  const { windowSeconds, defenceSeconds, challengeBond } = decodeOptimisticTerms(assuranceData ?? '0x')

  assert.equal(assurance, address)
  assert.equal(challengeBond, 7n)
  assert.ok((finalSeconds ?? 0) >= claimSeconds + proveSeconds + windowSeconds + defenceSeconds)
})

test('invariant: an audited order lasts until a drawn answer was proved, and a wrong one costs twice what it earns', () => {
  const { assuranceData, finalSeconds, bond } = termsOf('audit', 1001n)
  const { probabilityBps, drawSeconds, defenceSeconds } = decodeAuditTerms(assuranceData ?? '0x')

  assert.ok(drawSeconds >= limits.minDrawSeconds)
  assert.ok((finalSeconds ?? 0) >= claimSeconds + proveSeconds + drawSeconds + defenceSeconds)
  assert.ok((bond ?? 0n) * BigInt(probabilityBps) >= 2n * 1001n * 10_000n)
})

test('behavior: an order under quorum is claimed by the assurance, whose round fits into the proving time', () => {
  const { assuranceData, allowedWorker, bond, ...times } = termsOf('quorum')
  const { workers, agreeing, commitSeconds, revealSeconds, workerBond } = decodeQuorumTerms(assuranceData ?? '0x')

  assert.equal(allowedWorker, address)
  assert.equal(bond, 0n)
  assert.ok(agreeing * 2 > workers && workerBond > 0n)
  // The contract keeps 5 minutes for handing in.
  assert.ok((times.proveSeconds ?? 0) >= commitSeconds + revealSeconds + 300)
})
