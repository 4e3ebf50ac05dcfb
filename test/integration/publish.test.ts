import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { getJob } from '@assay/sdk/getJob'
import type { JobGas } from '@assay/sdk/jobGas'
import { registerWorker } from '@assay/sdk/registerWorker'
import { type Hex, parseEther } from 'viem'
import { getTransactionReceipt } from 'viem/actions'
import { type LocalChain, startLocalChain } from './localChain.ts'
import { runAssay } from './runAssay.ts'
import { startWorkerProcess, writeKey } from './workerMarket.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/publish/${name}`, import.meta.url))
/** How far an estimate of gas may be off. */
const tolerance = 0.05

describe('models of PyTorch and scikit-learn, from a float ONNX file to a paid answer', () => {
  let chain: LocalChain
  let folder: string
  let worker: ChildProcess
  const path = (name: string) => join(folder, name)

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-publish-'))
    chain = await startLocalChain()
    writeFileSync(path('network.json'), JSON.stringify(chain.network))
    await registerWorker(chain.clientOf(2), { deployment: chain.network, stake: parseEther('1') })
    writeKey(path('worker.key'), 2)
    ;({ process: worker } = startWorkerProcess(folder))
  })

  after(async () => {
    worker?.kill('SIGKILL')
    await chain?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const assay = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await runAssay(['--network', path('network.json'), '--json', ...args])
    assert.equal(exitCode, 0, stderr)
    return JSON.parse(stdout)
  }
  const gasOf = async (hash: Hex) => Number((await getTransactionReceipt(chain.clientOf(0), { hash })).gasUsed)
  const assertNear = (what: string, { actual, estimate }: { actual: number; estimate: number }) =>
    assert.ok(Math.abs(actual - estimate) <= tolerance * actual, `${what}: ${actual} gas, estimated ${estimate}`)

  const cases = [
    { name: 'pytorch', labels: '0,1,2,3,4,5,6,7,8,9', accuracy: 0.95, label: '9' },
    { name: 'sklearn', labels: 'a,b,c', accuracy: 0.98, label: 'c' },
  ]
  for (const [index, { name, labels, accuracy, label }] of cases.entries()) {
    it(`behavior: ${name}: checked, published, asked, proved and settled, with the gas that was estimated`, async () => {
      const [model, data] = [fixture(`${name}.onnx`), fixture(`${name}.npz`)]

      const checked = await assay('model', 'check', model, '--data', data)
      const published = await assay(
        ...['model', 'publish', model, '--data', data, '--name', name, '--labels', labels],
        ...['--cache', path('setup'), '--dev-account', `${3 + index}`],
      )
      const ask = async (): Promise<Hex> => {
        const input = ['--input', fixture(`${name}-input.json`)]
        const asked = ['job', 'request', '--model', published.modelId, ...input, '--watch', '--dev-account', '1']
        return (await assay(...asked)).jobId
      }
      // The first answer also pays worker and owner for the first time.
      await ask()
      const jobId = await ask()
      const verified = await assay('job', 'verify', jobId)

      assert.equal(checked.supported, true)
      assert.ok(checked.accuracy.exact >= accuracy, JSON.stringify(checked.accuracy))
      assert.deepEqual(
        checked.assurances.map(({ assurance, fits }: { assurance: string; fits: boolean }) => [assurance, fits]),
        [
          ['proof', true],
          ['optimistic', true],
          ['audit', true],
          ['quorum', true],
        ],
      )
      assert.equal(published.graphId, checked.graphId)
      assert.equal(verified.ok, true)
      const { state, events, answer } = await getJob(chain.clientOf(0), { deployment: chain.network, jobId })
      assert.equal(state, 'Settled')
      assert.ok(answer !== undefined)
      const shown = await assay('job', 'show', jobId)
      assert.equal(shown.decoded.top.label, label)
      const gas: JobGas = checked.gas
      const hashOf = (event: string) => events.find((each) => each.name === event)?.transactionHash ?? '0x'
      assertNear('register', { actual: await gasOf(published.transaction), estimate: gas.register })
      assertNear('submit', { actual: await gasOf(hashOf('JobSettled')), estimate: gas.submit })
    })
  }
})
