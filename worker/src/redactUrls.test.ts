import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redactUrls } from './redactUrls.ts'

test('behavior: S0-KEY-1 of a URL protocol and host stay, and nothing that a key or a password may stand in', () => {
  for (const [text, shown] of [
    ['https://rpc.test/v2/SECRET', 'https://rpc.test'],
    [
      'no answer from https://a.test/SECRET, http://b.test:80?key=SECRET.',
      'no answer from https://a.test, http://b.test:80',
    ],
    ['wss://user:SECRET@a.test:9/x#SECRET (down)', 'wss://a.test:9 (down)'],
    ['{"url":"HTTPS://a.test/SECRET","n":1}', '{"url":"HTTPS://a.test","n":1}'],
    ['URL: http://[::1]:8545/SECRET\\nnext', 'URL: http://[::1]:8545\\nnext'],
    ['http://127.0.0.1:9190', 'http://127.0.0.1:9190'],
    ['no URL: a/b?c', 'no URL: a/b?c'],
  ] as const) {
    assert.equal(redactUrls(text), shown)
  }
})
