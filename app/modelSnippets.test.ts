import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSolidity } from '../scripts/benchPeers/compileSolidity.ts'
import { snippetFaults } from '../scripts/checkSnippets.ts'
import { modelSnippets } from './modelSnippets.ts'

const modelId = `0x${'5a'.repeat(32)}` as const
const input = { shape: [28, 28, 1], width: 1 as const, lo: 0, bits: 8, scale: 8 }
const output = { shape: [10], bits: 24, scale: 8 }
const image = { input: { ...input, kind: 'image' as const }, output: { ...output, kind: 'scores' as const } }
const table = { input: { ...input, kind: 'tensor' as const }, output: { ...output, kind: 'tensor' as const } }

for (const [name, manifest] of Object.entries({ image, table })) {
  test(`behavior: the code that asks a model compiles as it is copied, for a model of the kind ${name}`, () => {
    const { typescript, shell, solidity } = modelSnippets({ modelId, manifest, maxPrice: '0.002' })

    assert.deepEqual(snippetFaults(new Map([['snippet', `\`\`\`ts\n${typescript}\`\`\`\n`]])), [])
    assert.match(compileSolidity({ contract: 'Asker', path: 'Asker.sol', source: solidity }), /^0x[0-9a-f]{1000,}$/)
    assert.match(shell, new RegExp(`--model ${modelId} `))
  })
}
