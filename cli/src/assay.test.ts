import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { chooseProver } from '@assay/circuits/chooseProver'
import { fakeOnnx } from '@assay/circuits/fakeOnnx'
import { unzipSync, zipSync } from 'fflate'

const bin = fileURLToPath(new URL('../bin/assay.mjs', import.meta.url))
const mlp = fileURLToPath(new URL('../../test/fixtures/models/mnist-mlp.onnx', import.meta.url))
const published = fileURLToPath(new URL('../../test/fixtures/publish/sklearn', import.meta.url))
const relu = { name: 'first', opType: 'Relu', input: ['x'], output: ['h'] }
const frobnicate = { name: 'second', opType: 'Frobnicate', input: ['h'], output: ['y'] }
const modelId = `0x${'ab'.repeat(32)}`
const address = `0x${'00'.repeat(20)}`

describe('assay', { concurrency: 2 }, () => {
  let folder: string
  const path = (name: string) => join(folder, name)

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-cli-'))
    const network = {
      name: 'nowhere',
      chainId: 31_337,
      rpcUrl: 'http://127.0.0.1:1',
      contentApiUrl: 'http://127.0.0.1:1',
      gatewayUrl: 'http://127.0.0.1:1',
      appUrl: 'http://127.0.0.1:1',
      deploymentBlock: 0,
      addresses: {
        jobMarket: address,
        modelRegistry: address,
        workerRegistry: address,
        proofVerifier: address,
        proofAssurance: address,
      },
    }
    writeFileSync(path('down.json'), JSON.stringify(network))
    writeFileSync(path('main.json'), JSON.stringify({ ...network, chainId: 1 }))
    writeFileSync(path('half.json'), JSON.stringify({ ...network, rpcUrl: undefined }))
    writeFileSync(path('text.json'), 'not json')
    writeFileSync(path('worker.yaml'), 'networkFile: down.json\nchain: { pollMs: often }\n')
    writeFileSync(path('right.yaml'), 'networkFile: down.json\nkeyFile: key\ndataDir: data\nchain: { pollMs: 7 }\n')
    writeFileSync(path('input.json'), JSON.stringify([0, 0.5, 1, 0]))
    writeFileSync(path('words.json'), JSON.stringify([0, 'one', 1]))
    writeFileSync(path('calibration.json'), JSON.stringify([Array.from({ length: 784 }, () => 0.5)]))
    writeFileSync(path('short.json'), JSON.stringify([[0.5, 1]]))
    writeFileSync(path('small.onnx'), 'this is not ONNX')
    writeFileSync(path('unsupported.onnx'), fakeOnnx({ nodes: [relu, frobnicate] }))
    writeFileSync(path('other.npz'), zipSync({ 'weights.npy': new Uint8Array(20) }))
    writeFileSync(path('broken.npy'), 'this is not NumPy')
    writeFileSync(path('zeros.onnx'), '')
    truncateSync(path('zeros.onnx'), 2 ** 30)
    writeFileSync(path('key'), `0x${'01'.repeat(32)}`)
    chmodSync(path('key'), 0o644)
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  const file = (name: string) => `{${name}}`
  const down = ['--network', file('down.json')]
  const request = (input: string) => ['job', 'request', '--model', modelId, '--input', input]

  const failures: [string, string[], number, RegExp][] = [
    ['a file that is not ONNX', ['model', 'check', file('small.onnx')], 1, /not a readable ONNX file/],
    ['1 GB of zeros', ['model', 'check', file('zeros.onnx')], 1, /1073741824 bytes; at most 536870912/],
    ['a file that is not there', ['model', 'check', file('none.onnx')], 1, /none\.onnx does not exist/],
    ['a folder', ['model', 'check', file('')], 1, /is not a file/],
    [
      'calibration of the wrong size',
      ['model', 'check', mlp, '--calibration', file('short.json')],
      1,
      /has 2 values; the model takes 784/,
    ],
    ['a broken .npy', ['model', 'check', mlp, '--calibration', file('broken.npy')], 1, /is not a \.npy file/],
    [
      'a .npz that is none',
      ['model', 'check', mlp, '--data', file('other.npz')],
      1,
      /weights\.npy\] is not a \.npy file/,
    ],
    ['no network file', ['model', 'list', '--network', file('none.json')], 1, /none\.json .*npm start/],
    ['a network file that is no JSON', ['model', 'list', '--network', file('text.json')], 1, /text\.json .*npm start/],
    ['a network file without a member', ['model', 'list', '--network', file('half.json')], 1, /`rpcUrl`/],
    ['a chain that is down', ['model', 'list', ...down], 1, /The chain at http:\/\/127\.0\.0\.1:1 does not answer/],
    ['no key', [...request(file('input.json')), ...down], 1, /--key-file <path> or --dev-account/],
    [
      'S0-KEY-2 a key file that others can read',
      [...request(file('input.json')), ...down, '--key-file', file('key')],
      1,
      /insecure permissions 0644/,
    ],
    [
      'a development account off local chains',
      [...request(file('input.json')), '--network', file('main.json'), '--dev-account', '1'],
      1,
      /Chain 1 is not local/,
    ],
    [
      'a development setup off local chains',
      [
        'model',
        'publish',
        mlp,
        '--name',
        'x',
        '--calibration',
        file('calibration.json'),
        '--network',
        file('main.json'),
      ],
      1,
      /Chain 1 is not local/,
    ],
    [
      'a price of zero',
      [...request(file('input.json')), '--max-price', '0', ...down, '--dev-account', '1'],
      1,
      /The price is 0 ETH/,
    ],
    ['an input with text', [...request(file('words.json')), ...down, '--dev-account', '1'], 1, /"one" at value 1/],
    ['a price that is no number', [...request(file('input.json')), '--max-price', 'cheap'], 2, /amount in ETH/],
    ['a model id that is too short', ['model', 'show', '0x12'], 2, /64 hex digits/],
    ['a development account out of range', ['job', 'list', '--dev-account', '99'], 2, /from 0 to 19/],
    ['a missing option', ['model', 'publish', mlp], 2, /--name/],
    ['an unknown command', ['frobnicate'], 2, /unknown command/],
    [
      'S0-CFG-1 a check of a wrong configuration',
      ['config', 'check', file('worker.yaml')],
      78,
      /^keyFile: is missing; .*\.\ndataDir: is missing; .*\.\nchain\.pollMs: is "often"; .*\.\n$/,
    ],
    ['S0-CFG-1 the environment of a wrong one', ['config', 'env', file('worker.yaml')], 78, /^keyFile: is missing; /],
    [
      'S0-CFG-1 a wrong configuration of the worker',
      ['worker', 'start', '--config', file('worker.yaml')],
      78,
      /^keyFile: is missing; .*\.\ndataDir: is missing; .*\.\nchain\.pollMs: is "often"; .*\.\n$/,
    ],
  ]
  for (const [what, args, code, sentence] of failures) {
    it(`error: ${what} exits with ${code} and one sentence`, async () => {
      const placed = args.map((arg) => arg.replace(/^\{(.*)\}$/, (_, name: string) => path(name)))

      const { exitCode, stdout, stderr } = await run(placed)

      assert.equal(exitCode, code, stderr)
      assert.match(stderr, sentence)
      assert.equal(stdout, '')
      assert.doesNotMatch(stderr, /\n\s+at |node:internal/)
      if (code === 1) assert.match(stderr.replace(/^.* …\n/gm, ''), /^[^\n]+\.\n$/)
    })
  }

  it('behavior: S0-CFG-1 a right configuration is called so, and its variables give it again beside an empty file', async () => {
    const checked = await run(['config', 'check', path('right.yaml')])
    const printed = await run(['config', 'env', path('right.yaml')])
    const again = await run(['config', 'env', '/dev/null'], parseEnv(printed.stdout))

    assert.deepEqual(
      [checked.exitCode, checked.stdout],
      [0, `${path('right.yaml')} is valid, for the network nowhere.\n`],
    )
    assert.match(printed.stdout, /^ASSAY_WORKER_CHAIN_POLL_MS=7$/m)
    assert.deepEqual([again.exitCode, again.stdout], [0, printed.stdout])
  })

  it('behavior: --help goes to standard output and exits with 0', async () => {
    const { exitCode, stdout } = await run(['job', 'request', '--help'])

    assert.equal(exitCode, 0)
    assert.match(stdout, /--max-price <eth>/)
  })

  it('behavior: model check names the operators without data, and the exact graph with data', async () => {
    const parsed = await run(['model', 'check', mlp])
    const checked = await run(['--json', 'model', 'check', mlp, '--calibration', path('calibration.json')])

    assert.match(parsed.stdout, /gemm → relu → gemm/)
    const report: unknown = JSON.parse(checked.stdout)
    assert.ok(typeof report === 'object' && report !== null && 'graphId' in report && 'output' in report)
    assert.match(String(report.graphId), /^0x[0-9a-f]{64}$/)
    assert.deepEqual(Object.keys(report.output ?? {}).sort(), ['bits', 'count', 'isHashed', 'scale', 'words'])
  })

  it('error: model check names the first node that cannot be used, why, and what to do, also to machines', async () => {
    const told = await run(['model', 'check', path('unsupported.onnx')])
    const { exitCode, stdout, stderr } = await run(['--json', 'model', 'check', path('unsupported.onnx')])

    assert.equal(told.exitCode, 1)
    assert.equal(told.stdout, '')
    assert.match(told.stderr, /^Node "second" \(Frobnicate\) cannot be used: .*\. Replace the node.*\n$/)
    assert.deepEqual([exitCode, stderr], [1, told.stderr])
    const { supported, node, operator, reason, remedy } = JSON.parse(stdout)
    assert.deepEqual([supported, node, operator], [false, 'second', 'Frobnicate'])
    assert.match(reason, /not supported/)
    assert.match(remedy, /docs\/operators\.md/)
  })

  it('behavior: model check measures samples of a .npz file, with labels and without', async () => {
    const check = ['--json', 'model', 'check', `${published}.onnx`]
    const arrays = unzipSync(readFileSync(`${published}.npz`))
    writeFileSync(path('unlabelled.npz'), zipSync({ 'x.npy': arrays['inputs.npy'] ?? new Uint8Array() }))

    const labelled = JSON.parse((await run([...check, '--data', `${published}.npz`])).stdout)
    const unlabelled = JSON.parse((await run([...check, '--data', path('unlabelled.npz')])).stdout)

    assert.equal(labelled.accuracy.samples, 60)
    assert.equal(unlabelled.accuracy, undefined)
    assert.equal(unlabelled.measured.agreement, 1)
    assert.equal(unlabelled.graphId, labelled.graphId)
    assert.equal(labelled.proving.prover, (await chooseProver()).kind)
    assert.ok(labelled.gas.register > labelled.gas.submit)
  })

  it('behavior: model check saves the exact model as ONNX with integer operators', async () => {
    const integers = path('integers.onnx')
    const check = ['--json', 'model', 'check', mlp, '--calibration', path('calibration.json')]

    const { stdout } = await run([...check, '--save-integers', integers])

    assert.ok(readFileSync(integers).includes(JSON.parse(stdout).graphId))
  })

  it('behavior: model check searches a precision, writes it, and takes it again', async () => {
    const check = ['--json', 'model', 'check', mlp, '--calibration', path('calibration.json')]
    const settings = path('settings.json')

    const found = await run([...check, '--max-constraints', '4500', '--save-settings', settings])
    const again = await run([...check, '--settings', settings])

    const [first, second] = [found, again].map(({ stdout }) => JSON.parse(stdout))
    assert.ok(first.cost.constraints <= 4500)
    assert.equal(second.graphId, first.graphId)
    const refused = await run([...check, '--settings', path('calibration.json')])
    assert.equal(refused.exitCode, 1)
    assert.match(refused.stderr, /has no names and bits in the file/)
  })
})

async function run(
  args: string[],
  environment: NodeJS.Dict<string> = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env.PATH, XDG_CONFIG_HOME: '/nonexistent', ...environment },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data: Buffer) => {
    stdout += data
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data
  })
  const [exitCode] = await once(child, 'close')
  return { exitCode, stdout, stderr }
}
