import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const folder = import.meta.dirname
// Statements that only import types are erased; a dynamic import is followed as well.
const imports = /^(?:import|export)\s(?!type\b)[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm

/** Every module that a file loads, with the file that asks for it; packages other than ours are named, not opened. */
function modulesOf(entry: string): Map<string, string> {
  const found = new Map<string, string>()
  const open = [entry]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const [, ...names] of readFileSync(path, 'utf8').matchAll(imports)) {
      const name = names.find((each) => each !== undefined) ?? ''
      const ours = name.startsWith('.') || name.startsWith('@assay/')
      const target = name.startsWith('.') ? resolve(dirname(path), name) : name
      const file = name.startsWith('@assay/') ? fileURLToPath(import.meta.resolve(name)) : target
      if (found.has(file)) continue
      found.set(file, path)
      if (ours) open.push(file)
    }
  }
  return found
}

// All but the plugin of Hardhat, which runs in Node only.
describe('sdk in a browser', () => {
  const entries = globSync('**/*.ts', { cwd: folder, exclude: ['hardhat/**', '**/*.test.ts'] })
  const nodeModulesOf = (entry: string) =>
    [...modulesOf(entry)].filter(([name]) => name.startsWith('node:') || name === 'worker_threads')

  for (const file of entries) {
    it(`invariant: ${file} loads no module of Node, directly or not`, () => {
      assert.deepEqual(nodeModulesOf(resolve(folder, file)), [])
    })
  }

  it('invariant: the search finds modules of Node where they are used', () => {
    const prover = fileURLToPath(import.meta.resolve('@assay/circuits/prepareModel'))

    assert.notDeepEqual(nodeModulesOf(prover), [])
    assert.ok(entries.length > 25)
  })
})
