// Program: how long the page's prover takes in a real browser, with one thread and with more, from its start to the proof.
//   node scripts/checks/buildPage.ts && node test/e2e/measureProving.ts [--models logistic-regression,mnist-mlp] [--threads 1,4] [--runs 5]
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compile } from '@assay/circuits/compile'
import { devSetup } from '@assay/circuits/devSetup'
import { fromSnarkjsProof } from '@assay/circuits/proof'
import { verificationKeyFromZkey } from '@assay/circuits/verificationKey'
import { verify } from '@assay/circuits/verify'
import { computeWitness } from '@assay/circuits/witness'
import { encodeWitness } from '@assay/circuits/wtns'
import type { Page } from 'playwright-core'
import { describeMachine } from '../../scripts/benchPeers/peerReport.ts'
import { loadExactModel } from '../../scripts/exactModels.ts'
import { launchBrowser } from './browser.ts'

const { values: flags } = parseArgs({
  options: {
    models: { type: 'string', default: 'logistic-regression,mnist-mlp,mnist-cnn' },
    threads: { type: 'string', default: '1,4' },
    runs: { type: 'string', default: '5' },
  },
})
const program = join(import.meta.dirname, '../../app/out/prover')
const files = new Map<string, Uint8Array | string>([
  ['/', '<!doctype html><title>prover</title>'],
  ...['program.js', 'snarkjs.js'].map((name): [string, Buffer] => [`/${name}`, readFileSync(join(program, name))]),
])
const server = createServer(({ url = '' }, response) => {
  const type = url === '/' ? 'text/html' : url.endsWith('.js') ? 'text/javascript' : 'application/octet-stream'
  response.writeHead(files.has(url) ? 200 : 404, { 'Content-Type': type }).end(files.get(url))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
// A server that listens on a port has an address with one.
const { port } = server.address() as AddressInfo
const browser = await launchBrowser()
try {
  const page = await browser.newPage()
  console.log(`${describeMachine()}, Chromium ${browser.version()}`)
  for (const name of flags.models.split(',')) await measure(page, name)
} finally {
  await browser.close()
  server.close()
}

async function measure(page: Page, name: string): Promise<void> {
  const { graph, inputs } = loadExactModel(name)
  const r1cs = compile(graph)
  const { zkey } = await devSetup(r1cs, { threads: 2 })
  const [input] = inputs
  if (!input) throw new Error(`${name} has no input to prove.`)
  const started = performance.now()
  const { witness, signals } = computeWitness(graph, { input, binding: 7n })
  const witnessMs = performance.now() - started
  files.set('/zkey', zkey).set('/wtns', encodeWitness(witness))
  const figures: string[] = []
  for (const threads of flags.threads.split(',').map(Number)) {
    const times: number[] = []
    for (let run = 0; run < Number(flags.runs); run++) {
      await page.goto(`http://127.0.0.1:${port}/`)
      const { proof, milliseconds, used } = await page.evaluate(proveOnce, threads)
      if (used !== threads) throw new Error(`${used} threads were used instead of ${threads}.`)
      if (!verify(verificationKeyFromZkey(zkey), signals, fromSnarkjsProof(proof)))
        throw new Error(`A proof of ${name} does not hold.`)
      times.push(milliseconds)
    }
    times.sort((a, b) => a - b)
    figures.push(`${threads} threads ${((times[times.length >> 1] ?? 0) / 1000).toFixed(2)} s`)
  }
  const size = `${r1cs.constraints.length} constraints, key ${(zkey.length / 1e6).toFixed(2)} MB`
  console.log(
    `${name}: ${size}, witness in Node ${witnessMs.toFixed(0)} ms; median of ${flags.runs}: ${figures.join(', ')}`,
  )
}

/** Runs in the browser: one proof by the page's program, from its start. */
async function proveOnce(threads: number): Promise<{ proof: unknown; milliseconds: number; used: number }> {
  const [zkey, wtns] = await Promise.all(
    ['/zkey', '/wtns'].map(async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer())),
  )
  const started = performance.now()
  const worker = new Worker('program.js')
  return new Promise((resolve, reject) => {
    let used = 0
    worker.onerror = ({ message }) => reject(new Error(message))
    worker.onmessage = ({ data }) => {
      if (data.kind === 'started') used = data.threads
      if (data.kind === 'failed') reject(new Error(data.reason))
      if (data.kind === 'proved') resolve({ proof: data.proof, milliseconds: performance.now() - started, used })
    }
    worker.postMessage({ kind: 'prove', threads, zkey, wtns })
  })
}
