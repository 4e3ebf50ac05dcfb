import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address, Hex } from 'viem'
import { type GovernanceNote, grantsOf, operationsOf, roleLabels } from './operations.ts'

const caller: Address = `0x${'aa'.repeat(20)}`
const target: Address = `0x${'bb'.repeat(20)}`
const operationId: Hex = `0x${'11'.repeat(32)}`
const at = (block: bigint) => ({ block, index: 0, hash: `0x${'22'.repeat(32)}` as const })
const scheduled = (block: bigint, nonce: number): GovernanceNote => ({
  ...at(block),
  name: 'OperationScheduled',
  operationId,
  nonce,
  schedule: 1000 * nonce,
  caller,
  target,
  data: '0x12345678',
})
const ended = (name: 'OperationExecuted' | 'OperationCanceled', block: bigint, nonce: number): GovernanceNote => ({
  ...at(block),
  name,
  operationId,
  nonce,
})
const statuses = (notes: GovernanceNote[], now: number) =>
  operationsOf(notes.toReversed(), { now, expirySeconds: 500 }).map(({ status }) => status)

test('behavior: a scheduled call waits, can be carried out for a time, and expires', () => {
  assert.deepEqual(statuses([scheduled(1n, 1)], 999), ['waiting'])
  assert.deepEqual(statuses([scheduled(1n, 1)], 1000), ['ready'])
  assert.deepEqual(statuses([scheduled(1n, 1)], 1499), ['ready'])
  assert.deepEqual(statuses([scheduled(1n, 1)], 1500), ['expired'])
})

test('behavior: what ended a call is told, also of the same call scheduled twice', () => {
  const notes = [
    scheduled(1n, 1),
    ended('OperationCanceled', 2n, 1),
    scheduled(3n, 2),
    ended('OperationExecuted', 4n, 2),
    scheduled(5n, 3),
  ]

  const operations = operationsOf(notes.toReversed(), { now: 0, expirySeconds: 500 })

  assert.deepEqual(
    operations.map(({ status, end, executableAt, expiresAt }) => [status, end?.block, executableAt, expiresAt]),
    [
      ['waiting', undefined, 3000, 3500],
      ['executed', 4n, 2000, 2500],
      ['cancelled', 2n, 1000, 1500],
    ],
  )
})

test('soundness: the end of an earlier scheduling does not end a later one', () => {
  assert.deepEqual(statuses([scheduled(1n, 1), ended('OperationExecuted', 2n, 1), scheduled(3n, 2)], 2000), [
    'ready',
    'executed',
  ])
})

test('behavior: the newest name of a role counts, and each account that was granted a role is asked for once', () => {
  const label = (block: bigint, text: string): GovernanceNote => ({
    ...at(block),
    name: 'RoleLabel',
    roleId: 1n,
    label: text,
  })
  const granted = (block: bigint): GovernanceNote => ({
    ...at(block),
    name: 'RoleGranted',
    roleId: 1n,
    account: caller,
  })
  const notes = [label(1n, 'fees'), granted(2n), label(3n, 'feeSetter'), granted(4n)].toReversed()

  assert.equal(roleLabels(notes).get(1n), 'feeSetter')
  assert.deepEqual(grantsOf(notes), [{ roleId: 1n, account: caller }])
})
