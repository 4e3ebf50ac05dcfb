import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildDaemon } from './buildDaemon.ts'
import { type BundleFacts, bundleRoot, digestInputs, findBundle } from './daemonBundle.ts'

// Below the repository, from where packages that stay outside are found.
mkdirSync(join(bundleRoot, '.cache'), { recursive: true })
const folder = mkdtempSync(join(bundleRoot, '.cache', 'bundle-'))
const factsFile = join(folder, 'facts.json')
before(() => buildDaemon(folder))
after(() => rmSync(folder, { recursive: true, force: true }))

const factsOf = (): BundleFacts => JSON.parse(readFileSync(factsFile, 'utf8'))

test('behavior: the built daemon is found, and starts as the sources do', () => {
  const bundle = findBundle(folder)

  const { status, stderr } = spawnSync(process.execPath, [String(bundle)], { encoding: 'utf8' })

  assert.equal(bundle, join(folder, 'runDaemon.mjs'))
  assert.match(stderr, /^Usage: node worker\/src\/main\.ts --config <worker\.yaml>/)
  assert.equal(status, 78)
})

test('soundness: the build knows the sources of all three packages and the versions of what they use', () => {
  const { inputs } = factsOf()

  const expected = [
    'worker/src/claim.ts',
    'sdk/src/order.ts',
    'circuits/src/proof.ts',
    'node_modules/viem/package.json',
  ]
  assert.deepEqual(
    expected.filter((path) => !inputs.includes(path)),
    [],
  )
})

test('error: a build of other sources, of another folder or for another Node is not run', () => {
  const facts = factsOf()
  const changed = join(folder, 'changed.ts')
  writeFileSync(changed, 'one')
  const withSource = { ...facts, inputs: [...facts.inputs, changed.slice(bundleRoot.length)] }
  const found = (other: BundleFacts) => {
    writeFileSync(factsFile, JSON.stringify(other))
    return findBundle(folder)
  }

  const same = { ...withSource, digest: digestInputs(bundleRoot, withSource.inputs) }
  assert.ok(found(same))
  writeFileSync(changed, 'two')
  assert.equal(found(same), undefined)
  rmSync(changed)
  assert.equal(found(same), undefined)
  assert.equal(found({ ...facts, root: '/elsewhere/' }), undefined)
  assert.equal(found({ ...facts, node: 'v24.0.0' }), undefined)
  assert.ok(found(facts))
})
