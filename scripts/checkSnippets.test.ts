import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { snippetFaults } from './checkSnippets.ts'

describe('checkSnippets', () => {
  it('error: a snippet that calls the sdk wrongly is named with its page and line; right ones are not', () => {
    const page = [
      '# Page',
      '```ts',
      "import { hashOrder } from '@assay/sdk'",
      'export const right = hashOrder',
      '```',
      '```ts',
      "import { hashOrder } from '@assay/sdk'",
      "hashOrder('no order')",
      '```',
      '```sh',
      'no TypeScript',
      '```',
    ].join('\n')

    const faults = snippetFaults(new Map([['page.md', page]]))

    assert.equal(faults.length, 1)
    assert.match(faults[0] ?? '', /^page\.md:8: Expected 2 arguments/)
  })
})
