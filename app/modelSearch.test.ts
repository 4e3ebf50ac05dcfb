import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListedModel } from './hooks/useModelList.ts'
import { isSought, matches, type Sought } from './modelSearch.ts'

const all: Sought = { text: '', task: 'any', setup: 'any' }
const owner = '0x00000000000000000000000000000000000000A1'
const modelId = `0x${'ab'.repeat(32)}` as const
const listed: ListedModel = {
  modelId,
  model: {
    ...{ modelId, owner, royaltyBps: 0, floorPrice: 1n, deprecated: false, registeredAt: 0 },
    setup: { kind: 'insecure-dev', contributions: 0, transcriptHash: modelId },
    ...{ graphId: modelId, keyHash: modelId, supersedes: modelId, supersededBy: modelId },
    ...{ manifestCid: '', offeredTo: owner },
  },
  unreadable: 'Its description cannot be read.',
}

test('behavior: nothing sought finds all, and words are found in any order', () => {
  assert.equal(isSought({ ...all, text: ' ' }), false)
  assert.equal(matches(listed, all), true)
  assert.equal(matches(listed, { ...all, text: '00A1 abab' }), true)
  assert.equal(matches(listed, { ...all, text: 'abab other' }), false)
})

test('behavior: a model whose manifest cannot be read has no task, and its setup is known all the same', () => {
  assert.equal(matches(listed, { ...all, task: 'image-label' }), false)
  assert.equal(matches(listed, { ...all, setup: 'real' }), false)
  const { model } = listed
  const sealed = { ...listed, model: { ...model, setup: { ...model.setup, kind: 'ceremony' as const } } }
  assert.equal(matches(sealed, { ...all, setup: 'ceremony' }), true)
})
