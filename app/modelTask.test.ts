import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Manifest } from '@assay/sdk/manifest'
import { taskOf } from './modelTask.ts'

const input = { shape: [4], width: 1, lo: 0, bits: 8, scale: 0 } as const
const output = { shape: [2], bits: 8, scale: 0 } as const
const manifestOf = (kinds: { input: 'image' | 'tensor'; output: 'scores' | 'tensor' }) =>
  ({
    input: { ...input, shape: [4], kind: kinds.input },
    output: { ...output, shape: [2], kind: kinds.output },
  }) satisfies Pick<Manifest, 'input' | 'output'>

test('behavior: a model’s task is what goes in and what comes out', () => {
  assert.equal(taskOf(manifestOf({ input: 'image', output: 'scores' })), 'image-label')
  assert.equal(taskOf(manifestOf({ input: 'image', output: 'tensor' })), 'image-values')
  assert.equal(taskOf(manifestOf({ input: 'tensor', output: 'scores' })), 'table-label')
  assert.equal(taskOf(manifestOf({ input: 'tensor', output: 'tensor' })), 'table-values')
})
