import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSuitePool } from './suitePool.ts'

const tests = ['test/contracts/JobSlot.t.sol']

test('behavior: tests that come to no end in time are ended and count as failed, and the next run has another process', async () => {
  const pool = openSuitePool(1)
  try {
    const endless = await pool.test({ tests, timeoutMs: 1 })
    const untouched = await pool.test({ tests })

    assert.deepEqual(endless, { verdict: 'killed', failures: ['The tests came to no end.'] })
    assert.equal(untouched.verdict, 'survived')
  } finally {
    pool.close()
  }
})

test('error: what crashes two processes counts as failed', async () => {
  const pool = openSuitePool(1)
  try {
    const { verdict, failures } = await pool.test({ tests: ['test/contracts/NoSuchFile.t.sol'] })

    assert.equal(verdict, 'killed')
    assert.deepEqual(failures, ['The tests crashed.'])
  } finally {
    pool.close()
  }
})
