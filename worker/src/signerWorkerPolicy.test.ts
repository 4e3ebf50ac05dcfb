import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { toFunctionSelector } from 'viem'
import { checkTransaction } from './signerPolicy.ts'
import { workerPolicy } from './signerWorkerPolicy.ts'

test("invariant: S0-KEY-3 of all functions of the market the daemon's key signs four", () => {
  const market = '0x00000000000000000000000000000000000000aa'
  const addresses = {
    jobMarket: market,
    modelRegistry: market,
    workerRegistry: market,
    proofVerifier: market,
    proofAssurance: market,
  } as const
  const policy = workerPolicy({ chainId: 5, addresses })
  const signed = jobMarketAbi
    .filter((item) => item.type === 'function')
    .filter((item) => {
      try {
        checkTransaction(policy, { type: 'eip1559', chainId: 5, to: market, data: toFunctionSelector(item) })
        return true
      } catch {
        return false
      }
    })

  assert.deepEqual(signed.map(({ name }) => name).sort(), ['claimJob', 'claimSigned', 'submitResult', 'submitResults'])
})
