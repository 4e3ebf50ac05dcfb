import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { assertPortsFree, portsFrom } from '../../scripts/devnet/ports.ts'

const root = path.resolve(import.meta.dirname, '../..')
const base = String(20_000 + 4 * Math.floor(Math.random() * 5000))
const folder = path.join('.devnet', base)

/** The README's `sh` blocks, in their order. */
const blocks = Array.from(
  readFileSync(path.join(root, 'README.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm),
  ([, block]) => (block ?? '').trim(),
)

type Ended = { code: number | null; output: string }
type Running = { child: ChildProcess; ended: Promise<Ended>; said: (text: string) => Promise<void> }

/** Runs a block the way a person's shell does, in a process group of its own as a terminal gives it. */
function runBlock(block: string): Running {
  const env = { ...process.env, ASSAY_NETWORK: path.join(folder, 'network.json'), FORCE_COLOR: '0' }
  const child = spawn('/bin/sh', ['-e', '-c', block], { cwd: root, env, detached: true })
  let output = ''
  const waiting: { text: string; resolve: () => void }[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const { resolve } of waiting.filter((one) => output.includes(one.text))) resolve()
    })
  }
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, output })))
  const said = (text: string) => {
    const heard = new Promise<void>((resolve) => waiting.push({ text, resolve }))
    const early = ended.then(() => assert.fail(`It ended before it said ${JSON.stringify(text)}:\n${output}`))
    return Promise.race([heard, early])
  }
  return { child, ended, said }
}

describe('README', () => {
  let devnet: Running

  before(async () => {
    assert.equal(blocks[0], 'npm start')
    // Other ports than a person's own devnet, which may be running.
    devnet = runBlock(`npm start -- --port-base ${base}`)
    await devnet.said('Ctrl-C stops everything')
  })

  after(() => {
    const { exitCode, signalCode, pid } = devnet.child
    if (exitCode === null && signalCode === null && pid !== undefined) process.kill(-pid, 'SIGTERM')
    rmSync(path.join(root, folder), { recursive: true, force: true })
  })

  for (const block of blocks.slice(1)) {
    it(`behavior: ${block.split('\n')[0]}`, async () => {
      const { code, output } = await runBlock(block.replaceAll('.devnet/', `${folder}/`)).ended

      assert.equal(code, 0, output)
    })
  }

  it('behavior: Ctrl-C ends what `npm start` started', async () => {
    const { pid } = devnet.child
    assert.ok(pid !== undefined)

    process.kill(-pid, 'SIGINT')
    const { output } = await devnet.ended

    assert.match(output, /Stopping everything/)
    await assertPortsFree(portsFrom(base))
  })
})
