import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { it } from 'node:test'
import { KuboNotBuiltError, kuboPath, kuboVersion, makeKubo } from '../../scripts/buildKubo/makeKubo.ts'

const wanted = process.env.ASSAY_BUILD_KUBO !== undefined || existsSync(kuboPath)
const skip = !wanted && 'a build takes minutes; ASSAY_BUILD_KUBO=1 or `npm run build:kubo` asks for it'

it('behavior: S2-XFR-1 Kubo is built from Go’s module proxy, and the contract of content sources runs against it', {
  skip,
}, (context) => {
  let program: string
  try {
    program = makeKubo()
  } catch (error) {
    if (!(error instanceof KuboNotBuiltError)) throw error
    context.skip(`the suite runs against the project's own store only: ${error.message}`)
    return
  }

  assert.match(execFileSync(program, ['version'], { encoding: 'utf8' }), new RegExp(kuboVersion.slice(1)))

  // The suite tells what it runs against by its titles; a run that skipped Kubo has none of them.
  const suite = 'worker/src/contentContract.test.ts'
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const output = execFileSync(process.execPath, ['--test', '--test-reporter=tap', suite], {
    env: { ...env, KUBO_PATH: program },
    encoding: 'utf8',
  })
  assert.match(output, /^ok \d+ - .*the real Kubo keeps the contract of content sources$/m)
})
