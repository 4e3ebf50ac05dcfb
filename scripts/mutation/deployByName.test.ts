import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployByName } from './deployByName.ts'

const paths = new Map([
  ['Market', 'contracts/Market.sol'],
  ['Models', 'contracts/Models.sol'],
])

test('behavior: contracts with a source are created by name, others as they were', () => {
  const source = 'm = new Market(f(1), new Models());\nt = new Mock(2);\n'

  const rewritten = deployByName(source, paths)

  const models = 'Models(DeployByName.create("contracts/Models.sol:Models", abi.encode()))'
  const market = `Market(DeployByName.create("contracts/Market.sol:Market", abi.encode(f(1), ${models})))`
  assert.ok(rewritten.startsWith(`m = ${market};\nt = new Mock(2);\n`))
  assert.match(rewritten, /import \{DeployByName\}/)
})

test('behavior: a source that creates none of them is left alone', () => {
  assert.equal(deployByName('t = new Mock(2);', paths), 't = new Mock(2);')
})
