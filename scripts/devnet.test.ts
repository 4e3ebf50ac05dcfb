import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { it } from 'node:test'

/** Runs the program to its end, which these arguments bring about before anything is started. */
function refuse(...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, 'devnet.ts'), ...args], {
    encoding: 'utf8',
  })
  return { status, sentence: stderr.trim() }
}

for (const [args, said] of [
  [['--sed', '3'], /^Unknown option '--sed'\. Usage: npm start/],
  [['--seed', 'three'], /^The seed is "three"; it takes a whole number/],
  [['--port-base', '80'], /^The port base is "80"; it takes a whole number from 1024/],
] as const) {
  it(`args: ${args.join(' ')} is one sentence`, () => {
    const { status, sentence } = refuse(...args)

    assert.equal(status, 1)
    assert.match(sentence, said)
    assert.equal(sentence.split('\n').length, 1)
  })
}

it('error: a busy port is one sentence, and leaves nothing behind', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A listening TCP server's address is an AddressInfo.
  const { port } = server.address() as AddressInfo

  const { status, sentence } = refuse('--port-base', String(port))
  server.close()

  assert.equal(status, 1)
  assert.match(sentence, new RegExp(`^Port ${port}, which the devnet's app needs, is taken .*--port-base 18000`))
  assert.equal(sentence.split('\n').length, 1)
  assert.equal(existsSync(path.resolve(import.meta.dirname, '../.devnet', String(port))), false)
})
