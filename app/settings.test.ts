import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSettings } from './settings.ts'

test('args: addresses of services are kept without their last slash', () => {
  assert.deepEqual(parseSettings({ rpcUrl: 'https://rpc.test/key/', gatewayUrl: 'http://127.0.0.1:8080' }), {
    rpcUrl: 'https://rpc.test/key',
    gatewayUrl: 'http://127.0.0.1:8080',
  })
})

test('error: what is no address of a service, or no setting, is left out', () => {
  for (const value of [null, 'text', { rpcUrl: 'javascript:alert(1)' }, { gatewayUrl: 1 }, { chainId: 5 }]) {
    assert.deepEqual(parseSettings(value), {})
  }
})
