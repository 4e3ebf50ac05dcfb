import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { addFiles } from '@assay/sdk/addFiles'
import { cidOf } from '@assay/sdk/content'
import { openContentBlocks, parseCid } from './contentBlocks.ts'
import { createContentFetch } from './contentFetch.ts'
import { type ContentSource, embeddedSource, gatewaySource, kuboSource } from './contentSource.ts'
import { openContentStaging } from './contentStaging.ts'
import { startContentStore } from './contentStore.ts'
import { createLogger } from './log.ts'

// One suite for all kinds of sources. A real Kubo is run when there is one: `ipfs` in PATH, or the path in KUBO_PATH.

const folder = mkdtempSync(join(tmpdir(), 'assay-contract-'))
const { signal } = new AbortController()
const logger = createLogger('error').child({}, { level: 'silent' })
const closing: (() => unknown)[] = []
after(async () => {
  for (const close of closing) await close()
  rmSync(folder, { recursive: true, force: true })
})

/** A source, and one that writes to where it reads; `apiUrl` where that speaks Kubo's RPC. */
type Subject = { source: ContentSource; writer: ContentSource; apiUrl?: string }

async function served(name: string): Promise<{ apiUrl: string; gatewayUrl: string }> {
  const store = await startContentStore({ directory: join(folder, name), port: 0 })
  closing.push(store.close)
  return store
}

const subjects: { name: string; open: () => Promise<Subject | undefined> }[] = [
  {
    name: 'embedded store',
    open: async () => {
      const source = embeddedSource(await openContentBlocks(join(folder, 'embedded')))
      return { source, writer: source }
    },
  },
  {
    name: "embedded store through Kubo's RPC",
    open: async () => {
      const { apiUrl } = await served('rpc')
      return { source: kuboSource(apiUrl), writer: kuboSource(apiUrl), apiUrl }
    },
  },
  {
    name: 'trustless gateway',
    open: async () => {
      const { apiUrl, gatewayUrl } = await served('gateway')
      return { source: gatewaySource(gatewayUrl), writer: kuboSource(apiUrl) }
    },
  },
  {
    name: 'real Kubo',
    open: async () => {
      const apiUrl = await startKubo()
      return apiUrl === undefined ? undefined : { source: kuboSource(apiUrl), writer: kuboSource(apiUrl), apiUrl }
    },
  },
]

/** Starts a Kubo without peers in a repository of its own; undefined when this machine has none. */
async function startKubo(): Promise<string | undefined> {
  const program = process.env.KUBO_PATH ?? 'ipfs'
  const env = { ...process.env, IPFS_PATH: join(folder, 'kubo'), IPFS_TELEMETRY: 'off' }
  try {
    execFileSync(program, ['init', '--profile', 'test'], { env, stdio: 'ignore' })
  } catch {
    return undefined
  }
  const daemon: ChildProcess = spawn(program, ['daemon', '--offline'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  closing.push(() => daemon.kill('SIGKILL'))
  let output = ''
  for await (const piece of daemon.stdout ?? []) {
    output += piece
    const port = /RPC API server listening on \/ip4\/127\.0\.0\.1\/tcp\/(\d+)/.exec(output)?.[1]
    if (port !== undefined && output.includes('Daemon is ready')) return `http://127.0.0.1:${port}`
  }
  throw new Error(`Kubo ended before it was ready: ${output}`)
}

for (const { name, open } of subjects) {
  test(`behavior: S2-XFR-1 the ${name} keeps the contract of content sources`, async (context) => {
    const subject = await open()
    if (subject === undefined) {
      context.skip(
        "no Kubo here: `ipfs` is not in PATH and KUBO_PATH is not set, so this suite ran against the project's own store only",
      )
      return
    }
    const { source, writer } = subject
    const store = async (bytes: Uint8Array) => (await writer.add?.(bytes, signal)) ?? assert.fail(`${name} cannot add`)
    const staging = openContentStaging({ directory: join(folder, `staging ${name}`), maxBytes: 64 * 1024 * 1024 })
    const limits = { blockTimeoutMs: 5000, negativeMs: 0, breaker: { failures: 50, recoveryMs: 1000 } }
    const fetch = createContentFetch({ sources: [source], staging, logger }, limits)

    await context.test(
      'behavior: files get the CID that the market gives them, and come back as they were',
      async () => {
        for (const length of [0, 1, 1_048_576, 1_048_577, 3_500_000]) {
          const bytes = randomBytes(length)
          const cid = await store(bytes)

          assert.equal(cid, await cidOf(bytes))
          assert.ok(bytes.equals(await fetch({ cid, maxBytes: length }, signal)))
        }
      },
    )

    const { apiUrl } = subject
    if (apiUrl !== undefined) {
      await context.test('behavior: files that come as one CAR get the same CIDs, and come back', async () => {
        const files = [randomBytes(0), randomBytes(1000), randomBytes(2_500_000)]

        const cids = await addFiles({ apiUrl, files, onShare: () => {} })

        assert.deepEqual(cids, await Promise.all(files.map(cidOf)))
        for (const [index, cid] of cids.entries()) {
          assert.ok(files[index]?.equals(await fetch({ cid, maxBytes: 3_000_000 }, signal)))
        }
      })
    }

    await context.test('behavior: a block is given as its bytes', async () => {
      const bytes = randomBytes(1000)

      const block = await source.block(parseCid(await store(bytes)), signal)

      assert.ok(bytes.equals(block))
    })

    await context.test('error: content that it does not hold is a failure within its time', async () => {
      const cid = await cidOf(randomBytes(1000))

      await assert.rejects(fetch({ cid, maxBytes: 1000 }, signal), {
        name: 'RetryableError',
        reason: 'content-unavailable',
      })
    })

    await context.test('error: content over its limit is refused', async () => {
      const cid = await store(randomBytes(2_000_000))

      await assert.rejects(fetch({ cid, maxBytes: 1_999_999 }, signal), { reason: 'content-too-large' })
    })
  })
}
