import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessManagerAbi } from '@assay/sdk/abi/accessManager'
import { type Abi, ContractFunctionRevertedError, encodeErrorResult, zeroAddress, zeroHash } from 'viem'
import { explainError } from './explainError.ts'

/** A value of each type that errors of the access manager carry. */
const values: Readonly<Record<string, unknown>> = {
  bytes32: zeroHash,
  bytes4: '0x12345678',
  address: zeroAddress,
  uint64: 1n,
}

test('error: what a call of the access manager can be refused with is a sentence with what to do', () => {
  // Each is an error that scheduling, carrying out or cancelling reverts with.
  const refusals = accessManagerAbi.filter(
    (item): item is Extract<typeof item, { type: 'error' }> =>
      item.type === 'error' && /^AccessManager(AlreadyScheduled|Not|Expired|UnauthorizedCa)/.test(item.name),
  )
  assert.equal(refusals.length, 6)
  for (const refusal of refusals) {
    const abi: Abi = [refusal]
    const args = refusal.inputs.map(({ type }) => values[type])
    const data = encodeErrorResult({ abi, errorName: refusal.name, args })
    const error = new ContractFunctionRevertedError({ abi, data, functionName: 'schedule' })

    const text = explainError(error)

    assert.doesNotMatch(text, /AccessManager/)
    assert.match(text, /[;,] .*\.$/)
  }
})
