import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { workerStatusSchema } from '@assay/sdk/readWorkerStatus'
import { fakeSources } from '@assay/worker/fakeSources'
import { createHealth } from '@assay/worker/health'
import { listen } from '@assay/worker/listen'
import { startStatusServer } from '@assay/worker/statusServer'
import { workerPages } from '@assay/worker/workerPages'

const bin = fileURLToPath(new URL('../bin/assay.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'assay-status-'))
const closing: (() => Promise<void>)[] = []
after(async () => {
  for (const close of closing) await close()
  rmSync(folder, { recursive: true, force: true })
})
const local = { host: '127.0.0.1', port: 0 }

async function serveStatus({ contentUp }: { contentUp: boolean }): Promise<string> {
  const health = createHealth(() => undefined)
  for (const dependency of ['chain', 'account', 'sandbox', 'queue', 'prover'] as const)
    health.report(dependency, { ok: true, detail: 'answers' })
  health.report('content', { ok: contentUp, detail: contentUp ? 'answers' : 'no answer' })
  const { url, close } = await startStatusServer(workerPages(fakeSources({ health })), local)
  closing.push(close)
  return url
}

function start(args: string[]) {
  const child: ChildProcess = spawn(process.execPath, [bin, 'worker', 'status', ...args], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (data: Buffer) => {
      said[name] += data
    })
  }
  return { child, said, ended: once(child, 'close').then(([code]) => ({ code, ...said })) }
}

describe('assay worker status', { concurrency: 2 }, () => {
  it('behavior: S0-CFG-2 shows a worker that is ready and ends with 0', async () => {
    const url = await serveStatus({ contentUp: true })

    const { code, stdout, stderr } = await start(['--url', url]).ended

    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^worker +ready$/m)
  })

  it('error: S0-CFG-2 shows a worker that is not ready, says why and ends with 75', async () => {
    const url = await serveStatus({ contentUp: false })

    const { code, stdout, stderr } = await start(['--json', '--url', url]).ended

    assert.equal(code, 75)
    assert.equal(workerStatusSchema.parse(JSON.parse(stdout)).dependencies.content?.ok, false)
    assert.equal(stderr, 'The worker is not ready (content: no answer); it claims nothing until that passes.\n')
  })

  it('behavior: S0-CFG-2 takes host and port from the configuration', async () => {
    const { port } = new URL(await serveStatus({ contentUp: true }))
    const config = join(folder, 'worker.yaml')
    writeFileSync(
      config,
      `networkFile: none.json\nkeyFile: key\ndataDir: data\nhttp: { host: 0.0.0.0, port: ${port} }\n`,
    )

    const { code, stderr } = await start(['--config', config]).ended

    assert.deepEqual([code, stderr], [0, ''])
  })

  it('error: S0-CFG-2 ends with 69 when nothing, or something else, answers', async () => {
    const other = await listen(
      createServer((_, response) => response.end('<html>')),
      local,
    )
    closing.push(other.close)

    for (const url of ['http://127.0.0.1:1', other.url]) {
      const { code, stdout, stderr } = await start(['--url', url]).ended
      assert.deepEqual([code, stdout], [69, ''])
      assert.match(stderr, /^The worker at http:\/\/127\.0\.0\.1:\d+ cannot be asked: .*\.\n$/)
    }
  })

  it('behavior: S0-CFG-2 with --watch shows it again and again, through a failure, until Ctrl-C', async () => {
    const url = await serveStatus({ contentUp: false })
    const { child, said, ended } = start(['--watch', '--url', url])
    const looks = () => said.stdout.split(/^worker +NOT READY$/m).length - 1
    while (looks() < 2 && child.exitCode === null) await once(child.stdout ?? child, 'data')

    child.kill('SIGINT')
    const { code, stderr } = await ended

    assert.equal(code, 0)
    assert.match(stderr, /^The worker is not ready/)
    assert.ok(looks() >= 2)
  })
})
