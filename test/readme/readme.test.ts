import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fencedBlocks } from '../../scripts/checks/fencedBlocks.ts'
import { runPages } from '../../scripts/checks/runPages.ts'
import { assertPortsFree, portsFrom } from '../../scripts/devnet/ports.ts'

const root = path.resolve(import.meta.dirname, '../..')
// Below 32768, where Linux begins to take ports for connections.
const base = String(20_000 + 4 * Math.floor(Math.random() * 3000))
const folder = path.join('.devnet', base)

/** A block that does not end by itself: what it says when it has done its work, and at its end. */
type Lasting = { pattern: RegExp; heard: string; last: string }
const lasting: Lasting[] = [
  { pattern: /assay -- worker start/, heard: 'worker started', last: 'worker stopped' },
  { pattern: /assay -- worker execute/, heard: 'executor started', last: 'executor stopped' },
  { pattern: /^redis-server/, heard: 'Ready to accept connections', last: 'bye bye' },
]

/** A page's commands, in their order. */
function blocksOf(page: string): string[] {
  const blocks = fencedBlocks(readFileSync(path.join(root, page), 'utf8'))
  return blocks.flatMap(({ info, text }) => (info === 'sh' ? [text.trim()] : []))
}

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

/** Other ports and another folder than a person's own devnet, which may be running. */
function placed(block: string): string {
  const port = (offset: number) => `${Number(base) + offset}`
  return block
    .replaceAll('.devnet/', `${folder}/`)
    .replaceAll('9190', port(4))
    .replaceAll('9191', port(5))
    .replaceAll('6390', port(6))
}

function end({ child: { exitCode, signalCode, pid } }: Running): void {
  if (exitCode === null && signalCode === null && pid !== undefined) process.kill(-pid, 'SIGTERM')
}

describe('the commands of README and guides', () => {
  let devnet: Running
  let beside: { running: Running; kind: Lasting }[] = []

  /** Ctrl-C in the terminal of each. */
  async function interrupt(some: typeof beside): Promise<void> {
    for (const { running, kind } of some) {
      const { child, ended } = running
      assert.ok(child.pid !== undefined)

      process.kill(-child.pid, 'SIGINT')
      const { output } = await ended

      assert.match(output, new RegExp(kind.last))
    }
    beside = beside.filter((one) => !some.includes(one))
  }

  before(async () => {
    for (const page of runPages) assert.equal(blocksOf(page)[0], 'npm start')
    devnet = runBlock(`npm start -- --port-base ${base}`)
    await devnet.said('Ctrl-C stops everything')
  })

  after(() => {
    for (const running of [...beside.map((one) => one.running), devnet]) end(running)
    rmSync(path.join(root, folder), { recursive: true, force: true })
  })

  for (const page of runPages) {
    for (const block of blocksOf(page).slice(1)) {
      it(`behavior: ${page}: ${block.split('\n')[0]}`, async () => {
        const kind = lasting.find(({ pattern }) => pattern.test(block))
        // What is started again was ended before, as the guide says.
        await interrupt(beside.filter((one) => one.kind === kind))
        const running = runBlock(placed(block))
        if (kind !== undefined) {
          beside.push({ running, kind })
          await running.said(kind.heard)
          return
        }

        const { code, output } = await running.ended

        assert.equal(code, 0, output)
      })
    }
  }

  it('behavior: Ctrl-C ends the worker of the guide, its executor and its queue', async () => {
    assert.equal(beside.length, lasting.length)

    await interrupt(beside.toReversed())
  })

  it('behavior: Ctrl-C ends what `npm start` started', async () => {
    const { pid } = devnet.child
    assert.ok(pid !== undefined)

    process.kill(-pid, 'SIGINT')
    const { output } = await devnet.ended

    assert.match(output, /Stopping everything/)
    await assertPortsFree(portsFrom(base))
  })
})
