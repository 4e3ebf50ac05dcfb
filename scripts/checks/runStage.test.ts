import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { runStage } from './runStage.ts'
import type { Check } from './stages.ts'

describe('runStage', () => {
  const run = async (source: string, check: (file: string) => Check) => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'assay-stage-'))
    try {
      writeFileSync(path.join(root, 'planted.test.mjs'), source)
      const stage = { name: 'planted', about: 'planted', checks: () => [check('planted.test.mjs')] }
      // The outer runner's mark makes an inner one report to it instead.
      delete process.env.NODE_TEST_CONTEXT
      const {
        problems,
        seconds: _,
        ...counts
      } = await runStage(stage, {
        root,
        write: () => {},
        signal: new AbortController().signal,
      })
      return { counts, problems: problems.join('\n') }
    } finally {
      rmSync(root, { recursive: true })
    }
  }
  const tests = (file: string): Check => ({ args: ['--test', file], counts: 'node' })

  it('behavior: a stage that passes is one check beside its tests', async () => {
    const { counts, problems } = await run("import { it } from 'node:test'\nit('holds', () => {})", tests)

    assert.deepEqual(counts, { name: 'planted', passed: 2, failed: 0, skipped: 0 })
    assert.equal(problems, '')
  })

  it('behavior: what a failed test said stands in the problems, so that the end of a log tells it', async () => {
    const source =
      "import { it } from 'node:test'\nit('holds', () => {})\nit('breaks', () => { throw new RangeError('by 3') })"

    const { counts, problems } = await run(source, tests)

    assert.deepEqual(counts, { name: 'planted', passed: 1, failed: 2, skipped: 0 })
    assert.match(problems, /^node --test ended with exit code 1\n {4}breaks: RangeError: by 3\n/)
  })

  it('behavior: of a command that tells no tests apart, the end of its output stands there', async () => {
    const source =
      "for (let i = 0; i < 99; i++) console.log('line', i)\nconsole.log('1 passing\\n1 failing')\nprocess.exit(1)"

    const { counts, problems } = await run(source, (file) => ({ args: [file], counts: 'hardhat' }))

    assert.deepEqual(counts, { name: 'planted', passed: 1, failed: 2, skipped: 0 })
    assert.match(problems, /^planted.test.mjs ended with exit code 1\n {4}line 71\n[\s\S]* {4}line 98\n {4}1 passing/)
  })

  it('error: a runner that was killed left no report, and its output is shown', async () => {
    const { problems } = await run("console.log('here'); process.kill(process.ppid, 'SIGKILL')", tests)

    assert.match(problems, /^node --test ended with SIGKILL/)
  })

  it('error: a command that ended before its summary is told by its end and what it printed', async () => {
    const source = "console.log('no compiler'); process.exit(3)"

    const { counts, problems } = await run(source, (file) => ({ args: [file], counts: 'hardhat' }))

    assert.equal(counts.failed, 1)
    assert.equal(problems, 'planted.test.mjs ended with exit code 3\n    no compiler')
  })

  it('error: a command that ran no test failed', async () => {
    const { counts, problems } = await run("console.log('0 passing')", (file) => ({ args: [file], counts: 'hardhat' }))

    assert.equal(counts.failed, 1)
    assert.equal(problems, 'planted.test.mjs ran no test')
  })
})
