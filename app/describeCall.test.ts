import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessManagerAbi } from '@assay/sdk/abi/accessManager'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { type Address, encodeFunctionData, getAddress, type Hex } from 'viem'
import { describeCall } from './describeCall.ts'

const address = (byte: string): Address => getAddress(`0x${byte.repeat(20)}`)
const addresses = {
  jobMarket: address('01'),
  modelRegistry: address('02'),
  workerRegistry: address('03'),
  proofVerifier: address('04'),
  proofAssurance: address('05'),
  accessManager: address('06'),
  pauseSwitch: address('07'),
}
const somebody = address('aa')
const describe = (target: Address, data: Hex) =>
  describeCall({ target, data }, { network: { addresses }, roleName: (roleId) => `“role ${roleId}”` })
const market = (call: Parameters<typeof encodeFunctionData<typeof jobMarketAbi>>[0]) =>
  describe(addresses.jobMarket, encodeFunctionData(call))

test('behavior: changes of the market are said in words', () => {
  const abi = jobMarketAbi
  assert.deepEqual(market({ abi, functionName: 'setFeeBps', args: [325] }), {
    text: 'Set the fee of new orders to 3.25 %',
  })
  assert.match(market({ abi, functionName: 'setPaused', args: [false] }).text, /^End the pause/)
  assert.deepEqual(market({ abi, functionName: 'allowToken', args: [somebody, true] }), {
    text: 'Let new orders be paid in a token',
    about: somebody,
  })
  assert.match(market({ abi, functionName: 'listAssurance', args: [somebody, 0] }).text, /^Stop new orders/)
  assert.match(market({ abi, functionName: 'listAssurance', args: [somebody, 2] }).text, /^Let new orders/)
})

test('behavior: changes of roles are said in words, with the delay that they bring', () => {
  const data = encodeFunctionData({ abi: accessManagerAbi, functionName: 'grantRole', args: [1n, somebody, 172_800] })

  assert.deepEqual(describe(addresses.accessManager, data), {
    text: 'Give the role “role 1”, after 2 d, to an account',
    about: somebody,
  })
})

test('behavior: the switch’s call is a pause', () => {
  assert.equal(describe(addresses.pauseSwitch, '0xa03738dc').text, 'Stop new orders and claims')
})

test('soundness: what the page does not know is said to be unknown, never named after another contract’s function', () => {
  const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'setFeeBps', args: [1] })

  assert.match(describe(somebody, data).text, /which this page does not know, of another contract$/)
  assert.match(describe(addresses.jobMarket, '0xdeadbeef').text, /^Call the function 0xdeadbeef/)
})
