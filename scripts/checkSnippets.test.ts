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
      '```text',
      'no TypeScript',
      '```',
    ].join('\n')

    const faults = snippetFaults(new Map([['page.md', page]]))

    assert.equal(faults.length, 1)
    assert.match(faults[0] ?? '', /^page\.md:8: Expected 2 arguments/)
  })

  const faultsOf = (info: string, body: string, page = 'docs/page.md') =>
    snippetFaults(new Map([[page, `${'```'}${info}\n${body}\n${'```'}\n`]]))

  const loose: [string, string, string, RegExp][] = [
    ['a command of a page that nobody runs', 'sh', 'npm start', /^docs\/page\.md:1: Nobody runs these commands/],
    ['a block without a mark', '', 'npm start', /is marked ""; mark it ts, sh or/],
    ['a language that nobody checks', 'python', 'import numpy', /is marked "python"/],
    ['a test that is not there', 'sh tested-by=test/none.ts', 'assay model seal', /test\/none\.ts, which is not there/],
    [
      'a test that runs another command',
      'sh tested-by=test/integration/ceremony.test.ts',
      'assay model seal bafk…\nassay model melt bafk…',
      /does not run 'model', 'melt'/,
    ],
    ['an npm script that is not run there', 'sh tested-by=scripts/checks/stages.ts', 'npm run train', /does not run/],
  ]
  for (const [what, info, body, sentence] of loose) {
    it(`error: ${what} is a fault`, () => {
      const faults = faultsOf(info, body)

      assert.equal(faults.length, 1)
      assert.match(faults[0] ?? '', sentence)
    })
  }

  it('behavior: output, commands of a page that is run, and those of a test that names them pass', () => {
    assert.deepEqual(faultsOf('text', 'anything'), [])
    assert.deepEqual(faultsOf('sh', 'npm start', 'README.md'), [])
    assert.deepEqual(faultsOf('sh tested-by=scripts/checks/stages.ts', 'npm run chaos -- --profile short'), [])
    assert.deepEqual(faultsOf('sh tested-by=test/integration/ceremony.test.ts', 'assay model seal bafk…'), [])
  })
})
