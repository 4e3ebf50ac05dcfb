import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { CountUnreadableError, countHardhat, countNode } from './countTests.ts'

describe('countHardhat', () => {
  it('behavior: reads the last summary, colours or not', () => {
    const output =
      '    ✔ counts 3 passing cars\n\n\n  \u001b[92m14 passing\u001b[39m (22s)\n  1 failing\n  2 pending\n\n  1) Gas\n'

    assert.deepEqual(countHardhat(output), { passed: 14, failed: 1, skipped: 2, failures: ['Gas'] })
  })

  it('behavior: failures alone are a count', () => {
    assert.deepEqual(countHardhat('  2 failing\n'), { passed: 0, failed: 2, skipped: 0, failures: [] })
  })

  it('behavior: tells each failure, and a sequence of calls in a line each', () => {
    const output = `
    1) invariant_booksBalance()
    2) test_adds()

  7 passing
  2 failing

  1) Market#invariant_booksBalance()
    Error: reverted with custom error 'Broken(16, "a batch did other things")'
      at Market.invariant_booksBalance (Market.t.sol:118)

    Counterexample:
      calldata: 0x116c94c6
      sender: 0x00000000000000000000000000000000000028f4
      contractName: project/Market.t.sol:Handler
      signature: answer(uint256,bool)
      args: 33393 \u001b[2m[3.339e4]\u001b[0m, true
    Counterexample:
      calldata: 0x25e88c96
      signature: pass(uint256)
      args: 7

  2) Market#test_adds()
    Error: 1 != 2
`

    assert.deepEqual(countHardhat(output).failures, [
      `Market#invariant_booksBalance()
    Error: reverted with custom error 'Broken(16, "a batch did other things")'
      at Market.invariant_booksBalance (Market.t.sol:118)

    answer(uint256,bool) of 33393 [3.339e4], true
    pass(uint256) of 7`,
      'Market#test_adds()\n    Error: 1 != 2',
    ])
  })

  it('error: output without a summary is unreadable', () => {
    assert.throws(() => countHardhat('HHE910: Compilation failed\n'), CountUnreadableError)
  })
})

describe('countNode', () => {
  const run = (source: string) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-count-'))
    try {
      const [file, report] = [path.join(folder, 'planted.test.mjs'), path.join(folder, 'report.json')]
      writeFileSync(file, source)
      const reporter = path.join(import.meta.dirname, 'nodeTestReporter.ts')
      const args = ['--test', `--test-reporter=${reporter}`, `--test-reporter-destination=${report}`, file]
      // The outer runner's mark makes an inner one report to it instead.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env
      spawnSync(process.execPath, args, { env })
      return countNode(readFileSync(report, 'utf8'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const imports = "import { after, describe, it } from 'node:test'\n"

  it('behavior: counts tests, not suites', () => {
    const source = `${imports}describe('a', () => { it('b', () => {}); it('c', () => { throw 1 }); it.skip('d', () => {}) })\nit('e', () => {})`

    assert.deepEqual(run(source), { passed: 2, failed: 1, skipped: 1, failures: ['c: 1'] })
  })

  it('behavior: a hook that fails counts as a failure', () => {
    const { failures, ...counts } = run(
      `${imports}describe('a', () => { after(() => { throw new RangeError('too far') }); it('b', () => {}) })`,
    )

    assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 0 })
    assert.match(failures.join(), /^a: RangeError: too far\n {4}at /)
  })

  it('behavior: a file that cannot be loaded counts as a failure', () => {
    assert.equal(run('import "./nowhere.mjs"').failed, 1)
  })

  it('error: a report cut short is unreadable', () => {
    assert.throws(() => countNode('{"passed": 3'), CountUnreadableError)
    assert.throws(() => countNode(''), CountUnreadableError)
  })
})
