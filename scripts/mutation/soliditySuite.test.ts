import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSoliditySuite } from './soliditySuite.ts'

const file = 'contracts/libraries/JobSlot.sol'
const tests = ['test/contracts/JobSlot.t.sol']

test('behavior: tests pass without a change, fail with a harmful one, and a change that is no Solidity is told apart', async () => {
  const run = await openSoliditySuite()
  const from = 'library JobSlot {'

  const untouched = await run({ tests })
  const harmful = await run({ change: { file, from: ' | ', to: ' & ' }, tests })
  const broken = await run({ change: { file, from, to: `${from} nonsense` }, tests })

  assert.deepEqual(untouched, { verdict: 'survived', failures: [] })
  assert.equal(harmful.verdict, 'killed')
  assert.match(harmful.failures[0] ?? '', /^JobSlotTest\./)
  assert.equal(broken.verdict, 'not compiled')
})
