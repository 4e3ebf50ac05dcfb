import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { PreparedModel } from '@assay/circuits/prepareModel'
import { encodeInput } from '@assay/sdk/encodeInput'
import { getJob } from '@assay/sdk/getJob'
import { listJobs } from '@assay/sdk/listJobs'
import { checkManifest } from '@assay/sdk/manifest'
import { registerWorker } from '@assay/sdk/registerWorker'
import { type Hex, parseEther } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { type LocalChain, startLocalChain } from './localChain.ts'
import { runAssay } from './runAssay.ts'
import { answerTinyJob, prepareTinyModel, tinyCalibration, tinyInput, tinyOnnx } from './tinyModel.ts'

describe('assay on a local chain', () => {
  let chain: LocalChain
  let prepared: PreparedModel
  let folder: string
  let modelId: Hex
  const path = (name: string) => join(folder, name)

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'assay-cli-'))
    chain = await startLocalChain()
    writeFileSync(path('network.json'), JSON.stringify(chain.network))
    writeFileSync(path('model.onnx'), tinyOnnx())
    writeFileSync(path('calibration.json'), JSON.stringify(tinyCalibration.map((values) => [...values])))
    writeFileSync(path('input.json'), JSON.stringify(tinyInput))
    writeFileSync(path('small.json'), JSON.stringify([1, 2, 3]))
    writeFileSync(path('key'), generatePrivateKey(), { mode: 0o600 })
    prepared = await prepareTinyModel(path('setup'))
    await registerWorker(chain.clientOf(2), { deployment: chain.network, stake: parseEther('1') })
    modelId = await publish()
  })

  after(async () => {
    await chain?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const assay = (...args: string[]) => runAssay(['--network', path('network.json'), ...args])
  const assayJson = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await assay('--json', ...args)
    assert.equal(exitCode, 0, stderr)
    const parsed: unknown = JSON.parse(stdout)
    // Each test names the members that it reads, and they are compared.
    return parsed as Record<string, unknown>
  }
  const publish = async () => {
    const published = await assayJson(
      ...['model', 'publish', path('model.onnx'), '--name', 'brightest', '--calibration', path('calibration.json')],
      ...['--labels', 'a,b,c,d', '--input-shape', '2x2x1', '--image', '--cache', path('setup'), '--dev-account', '3'],
    )
    // The command prints the id that the registry computed.
    return published.modelId as Hex
  }
  const request = async () => {
    const { jobId } = await assayJson(
      ...['job', 'request', '--model', modelId],
      ...['--input', path('input.json'), '--dev-account', '1'],
    )
    // The command prints the id that the market computed.
    return jobId as Hex
  }
  const answer = async (jobId: Hex) => {
    const { order } = await getJob(chain.clientOf(1), { deployment: chain.network, jobId })
    const { manifest } = await assayJson('model', 'show', modelId)
    const { values } = await encodeInput(checkManifest(manifest).input, tinyInput)
    await answerTinyJob(chain, { prepared, order, jobId, values })
  }

  it('behavior: publishing again changes nothing, and a damaged proving key is made again', async () => {
    const [zkey] = globSync('*.zkey', { cwd: path('setup') })
    const { size } = statSync(path(`setup/${zkey}`))
    truncateSync(path(`setup/${zkey}`), 100)

    assert.equal(await publish(), modelId)
    assert.equal(statSync(path(`setup/${zkey}`)).size, size)
    const { stdout } = await assay('model', 'list')
    assert.equal(stdout.split('\n').filter((line) => line.includes(modelId)).length, 1)
  })

  it('behavior: the registered graph is saved as ONNX with integer operators', async () => {
    const { graphId } = await assayJson('model', 'show', modelId, '--save-integers', path('integers.onnx'))

    assert.ok(readFileSync(path('integers.onnx')).includes(String(graphId)))
  })

  it('behavior: a job goes from request to a verified answer', async () => {
    const jobId = await request()
    const watching = assay('job', 'watch', jobId)
    await answer(jobId)

    const watched = await watching
    const shown = await assay('job', 'show', jobId)
    const verified = await assay('job', 'verify', jobId)
    const listed = await assay('job', 'list')

    assert.equal(watched.exitCode, 0, watched.stderr)
    assert.match(watched.stderr, /requested.*\n.*claimed.*\n.*answered.*\n.*settled/)
    assert.match(watched.stdout, /answer +c \(score/)
    assert.equal(shown.stdout, watched.stdout)
    assert.equal(verified.exitCode, 0, verified.stderr)
    assert.equal(verified.stdout.match(/^✓/gm)?.length, 12)
    assert.match(listed.stdout, new RegExp(`${jobId} +Settled`))
  })

  it('behavior: a job can be cancelled and its escrow withdrawn', async () => {
    const jobId = await request()

    const cancelled = await assay('job', 'cancel', jobId, '--dev-account', '1')
    const before = await assayJson('balance', 'show', chain.addressOf(1))
    const withdrawn = await assay('balance', 'withdraw', '0.01', '--dev-account', '1')

    assert.match(cancelled.stdout, /state +Cancelled/)
    assert.ok(BigInt(String(before.free)) >= parseEther('0.01'))
    assert.equal(withdrawn.exitCode, 0, withdrawn.stderr)
  })

  it('behavior: stake is added and shown', async () => {
    await assay('stake', 'add', '0.5', '--dev-account', '2')

    const { stdout } = await assay('stake', 'show', chain.addressOf(2))

    assert.match(stdout, /free +1\.50+\d* ETH|free +1\.5 ETH/)
  })

  it('behavior: a worker is registered with a signer of its own, and a request can be for it alone', async () => {
    const [operator, signer] = [chain.addressOf(8), chain.addressOf(9)]

    const registered = await assay('stake', 'register', '1', '--signer', signer, '--dev-account', '8')
    const requested = await assay(
      ...['--json', 'job', 'request', '--model', modelId, '--input', path('input.json')],
      ...['--worker', operator, '--dev-account', '1'],
    )

    assert.match(registered.stdout, new RegExp(`signer +${signer}`))
    assert.equal(JSON.parse(requested.stdout).order.allowedWorker, operator)
  })

  const jobs = () => listJobs(chain.clientOf(1), { deployment: chain.network, limit: 100 })

  const failures: [string, () => string[], RegExp][] = [
    [
      'an unknown model',
      () => ['job', 'request', '--model', `0x${'ab'.repeat(32)}`, '--input', path('input.json'), '--dev-account', '1'],
      /No model 0xabab/,
    ],
    [
      'an input of the wrong size',
      () => ['job', 'request', '--model', modelId, '--input', path('small.json'), '--dev-account', '1'],
      /has 3 values; the model takes 4 \(2×2×1\)/,
    ],
    [
      'a price below the floor',
      () => [
        'job',
        'request',
        '--model',
        modelId,
        '--input',
        path('input.json'),
        '--dev-account',
        '1',
        '--max-price',
        '0.00001',
      ],
      /0\.00001 ETH and this model takes 0\.0001 ETH/,
    ],
    [
      'an account without money',
      () => ['job', 'request', '--model', modelId, '--input', path('input.json'), '--key-file', path('key')],
      /too little ETH/,
    ],
    ['an unknown job', () => ['job', 'watch', `0x${'cd'.repeat(32)}`], /No job 0xcdcd/],
    ["somebody else's stake", () => ['stake', 'add', '1', '--dev-account', '7'], /is no registered worker/],
  ]
  for (const [what, args, sentence] of failures) {
    it(`error: ${what} is one sentence, and no job is requested`, async () => {
      const before = await jobs()

      const { exitCode, stderr } = await assay(...args())

      assert.equal(exitCode, 1)
      assert.match(stderr.replace(/^.* …\n/gm, ''), /^[^\n]+\.\n$/)
      assert.match(stderr, sentence)
      assert.deepEqual(await jobs(), before)
    })
  }
})
