import assert from 'node:assert/strict'
import { test } from 'node:test'
import vm from 'node:vm'
import { relocatePage } from './relocatePage.ts'

const page =
  '<html><head><meta charSet="utf-8"/><link rel="stylesheet" href="/_next/a.css"/>' +
  '<script src="/_next/static/b.js" async=""></script><link rel="icon" href="/icon.svg?x"/></head>' +
  '<body><script>self.__next_f.push([1,"2:\\"/_next/static/c.js\\"\\n3:[\\"/_nextdoor\\"]"])</script></body></html>'

/** Runs the page's inline scripts as a browser would that opened the address. */
function run(html: string, href: string) {
  const started: string[] = []
  const sandbox = {
    URL,
    location: { href },
    __next_f: [] as unknown[],
    document: {
      createElement: () => ({}),
      head: { append: (element: { src?: string; href?: string }) => started.push(element.src ?? element.href ?? '') },
    },
  }
  const context = vm.createContext(Object.assign(sandbox, { self: sandbox }))
  for (const [, code] of html.matchAll(/<script>([\s\S]*?)<\/script>/g)) vm.runInContext(code ?? '', context)
  return { started, data: JSON.stringify(sandbox.__next_f), base: Reflect.get(sandbox, 'TURBOPACK_CHUNK_BASE_PATH') }
}

test('behavior: a page starts its scripts and names its files below the folder it is served from', () => {
  const html = relocatePage(page, '../')
  const { started, data, base } = run(html, 'https://gate.test/ipfs/bafy/job/?id=0x1')

  assert.deepEqual(started, ['https://gate.test/ipfs/bafy/icon.svg?x', 'https://gate.test/ipfs/bafy/_next/static/b.js'])
  assert.equal(base, 'https://gate.test/ipfs/bafy/_next/')
  assert.match(data, /https:\/\/gate\.test\/ipfs\/bafy\/_next\/static\/c\.js/)
  assert.match(data, /"\/_nextdoor|\\"\/_nextdoor/)
  assert.match(html, /href="\.\.\/_next\/a\.css"/)
  assert.doesNotMatch(html, /(href|src)="\/_next/)
})

test('error: a page that starts no script in the known way is refused', () => {
  assert.throws(() => relocatePage('<head></head>', './'), /starts no script/)
})
