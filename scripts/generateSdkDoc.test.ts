import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

/** Names in the first column of a table of docs/sdk.md. */
function namesUnder(heading: string): string[] {
  const [, after = ''] = readFileSync(join(root, 'docs/sdk.md'), 'utf8').split(`## ${heading}\n`)
  const [table = ''] = after.split('\n## ')
  return Array.from(table.matchAll(/^\| `(\w+)`/gm), ([, name = '']) => name)
}

/** Names that a source does not call. */
function uncalled(names: readonly string[], source: string): string[] {
  return names.filter((name) => !new RegExp(`\\b${name}\\(`).test(source))
}

test('invariant: docs/sdk.md has one table of actions with their parameters, results and errors', () => {
  const page = readFileSync(join(root, 'docs/sdk.md'), 'utf8')

  assert.ok(page.includes('| action | parameters | result | errors |'))
  assert.ok(namesUnder('Actions').length > 40)
})

test('invariant: every action of the SDK is called on a real local chain by a test', () => {
  // Each of these files starts a chain of its own, or is what they start it with.
  const files = globSync('test/integration/*.ts', { cwd: root })
  const source = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')

  assert.deepEqual(uncalled(namesUnder('Actions'), source), [])
})

test('error: an action that no test calls is found', () => {
  assert.deepEqual(uncalled(['cancelJob', 'refundJob'], 'await refundJob(client)\n// cancelJob\n'), ['cancelJob'])
})
