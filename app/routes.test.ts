import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hrefOf, routeOf, titles } from './routes.ts'

test('behavior: an address names its page below any folder, with or without the last slash', () => {
  assert.equal(routeOf('/models/'), '/models/')
  assert.equal(routeOf('/ipfs/bafy/job'), '/job/')
  assert.equal(routeOf('/ipfs/bafy/job/index.html'), '/job/')
  assert.equal(routeOf('/'), '/')
  assert.equal(routeOf('/ipfs/bafy/'), '/')
  assert.equal(routeOf('/constructor/'), '/')
})

test('invariant: an address from any page to any page leads there, below any folder', () => {
  for (const base of ['https://a.test/', 'https://a.test/ipfs/bafy/']) {
    for (const from of Object.keys(titles).map(routeOf)) {
      for (const to of Object.keys(titles).map(routeOf)) {
        const url = new URL(hrefOf(from, { to, query: { id: '0x1&2' } }), new URL(from.slice(1), base))

        assert.equal(url.href, `${base}${to.slice(1)}?id=0x1%262`)
      }
    }
  }
})
