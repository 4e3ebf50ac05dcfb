import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHealth } from './health.ts'

test('behavior: S0-REL-4 a dependency that is down changes its own state only', () => {
  const changes: string[] = []
  const health = createHealth((dependency, { ok }) => changes.push(`${dependency} ${ok}`))

  assert.equal(health.ready(), false)
  for (const dependency of ['chain', 'content', 'account', 'sandbox', 'queue', 'prover'] as const)
    health.report(dependency, { ok: true, detail: 'answers' })
  assert.equal(health.ready(), true)
  health.report('content', { ok: true, detail: 'answers' })
  health.report('content', { ok: false, detail: 'no answer' })

  const { chain, content, account } = health.states()
  assert.equal(health.ready(), false)
  assert.deepEqual([chain?.ok, content?.ok, account?.ok], [true, false, true])
  assert.deepEqual(changes, [
    'chain true',
    'content true',
    'account true',
    'sandbox true',
    'queue true',
    'prover true',
    'content false',
  ])
})
