// Measures the native prover beside snarkjs, both with the key in memory, on the same circuits, keys and witnesses, one after the other.
//   npm run bench:prover                     prints the table
//   … -- --write                             and puts it into docs/prover.md
//   … -- --only <model>[,<model>…]  --runs <n>  --table <MiB>
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compile } from '@assay/circuits/compile'
import { devSetup, devSetupLabel } from '@assay/circuits/devSetup'
import { encodeR1cs } from '@assay/circuits/r1cs'
import { type ResidentProver, startResidentProver } from '@assay/circuits/residentProver'
import { readCachedKey, writeCachedKey } from '@assay/circuits/setupCache'
import { type VerificationKey, verificationKeyFromZkey } from '@assay/circuits/verificationKey'
import { verify } from '@assay/circuits/verify'
import { computeWitness } from '@assay/circuits/witness'
import { describeMachine } from './benchPeers/peerReport.ts'
import { loadExactModel } from './exactModels.ts'

const root = join(import.meta.dirname, '..')
const document = join(root, 'docs/prover.md')
const mark = '<!-- written by npm run bench:prover -- --write -->'
const models = ['logistic-regression', 'mnist-mlp', 'mnist-cnn', 'random-784-1024-256-10', 'lenet5']
const asked = { ratio: 8, scaling: 1.8, lenetMs: 1000 }

type Circuit = { name: string; constraints: number; zkeyPath: string; key: VerificationKey; witnesses: bigint[][] }

/** Medians of one prover's proofs, in milliseconds, and its largest resident memory in bytes. */
type Figures = { wallMs: number; processorMs: number; peakBytes: number; startMs: number }

type Row = { circuit: Circuit; threads: number; snarkjs: Figures; native: Figures }

const { values: flags } = parseArgs({
  options: {
    write: { type: 'boolean' },
    only: { type: 'string', default: models.join(',') },
    runs: { type: 'string', default: '7' },
    table: { type: 'string', default: '64' },
  },
})
const machine = describeMachine()
const rows: Row[] = []
console.log(head().join('\n'))
await measureAll()
const text = [machine, '', ...head(), ...rows.map(line), '', ...verdicts()].join('\n')
console.log(`\n${verdicts().join('\n')}`)
if (flags.write) {
  const [before] = readFileSync(document, 'utf8').split(mark)
  writeFileSync(document, `${before}${mark}\n\n${text}\n`)
}

async function measureAll(): Promise<void> {
  for (const name of flags.only.split(',')) {
    const circuit = await prepareCircuit(name)
    for (const row of await measure(circuit)) {
      rows.push(row)
      console.log(line(row))
    }
  }
}

/** A model's development key, kept in `.cache/setup`, and the witnesses of some of its inputs. */
async function prepareCircuit(name: string): Promise<Circuit> {
  const { graph, inputs } = loadExactModel(name)
  const r1cs = compile(graph)
  const hash = createHash('sha256').update(devSetupLabel).update(encodeR1cs(r1cs)).digest('hex')
  const folder = join(root, '.cache/setup')
  const kept = (await readCachedKey(folder, hash)) ?? (await writeCachedKey(folder, hash, await devSetup(r1cs)))
  const witnesses = inputs
    .slice(0, 3)
    .map((input, index) => computeWitness(graph, { input, binding: BigInt(index + 1) }).witness)
  const key = verificationKeyFromZkey(kept.zkey)
  return { name, constraints: r1cs.constraints.length, zkeyPath: kept.zkeyPath, key, witnesses }
}

/** Both provers, each with one thread and with two, in turn on the same witnesses; the first proof of each warms it up and does not count. */
async function measure(circuit: Circuit): Promise<Row[]> {
  const { zkeyPath, witnesses, key } = circuit
  const start = async (prover: 'native' | 'snarkjs', threads: number) => {
    const started = performance.now()
    const options = { zkeyPath, prover, tableMb: Number(flags.table), limits: { threads, memoryMb: 8192 } }
    const resident = await startResidentProver(options)
    return { resident, startMs: performance.now() - started, wall: [] as number[], processor: [] as number[] }
  }
  const lanes = []
  for (const threads of [1, 2]) {
    lanes.push({ threads, snarkjs: await start('snarkjs', threads), native: await start('native', threads) })
  }
  for (let run = 0; run <= Number(flags.runs); run++) {
    for (const lane of lanes.flatMap(({ snarkjs, native }) => [snarkjs, native])) {
      const { wallMs, processorMs } = await proveOnce(lane.resident, witnesses[run % witnesses.length] ?? [], key)
      if (run === 0) continue
      lane.wall.push(wallMs)
      lane.processor.push(processorMs)
    }
  }
  const figures = ({ resident, startMs, wall, processor }: Awaited<ReturnType<typeof start>>): Figures => ({
    ...{ startMs, wallMs: median(wall), processorMs: median(processor), peakBytes: peakBytesOf(resident.pid()) },
  })
  const measured = lanes.map(({ threads, snarkjs, native }) => ({
    ...{ circuit, threads, snarkjs: figures(snarkjs), native: figures(native) },
  }))
  await Promise.all(lanes.flatMap(({ snarkjs, native }) => [snarkjs.resident.close(), native.resident.close()]))
  return measured
}

/** One proof, verified here again. What snarkjs' own call spends on its verification, which the native process does itself, is taken off. */
async function proveOnce(prover: ResidentProver, witness: bigint[], key: VerificationKey) {
  const pid = prover.pid() ?? 0
  const [started, before] = [performance.now(), processorMsOf(pid)]
  const { proof, signals } = await prover.prove(witness)
  const [ended, after] = [performance.now(), processorMsOf(pid)]
  if (!verify(key, signals, proof)) throw new RangeError(`A proof by ${prover.kind} does not verify.`)
  const verifyMs = prover.kind === 'snarkjs' ? performance.now() - ended : 0
  return { wallMs: ended - started - verifyMs, processorMs: after - before }
}

/** Time that all threads of a process have run, in milliseconds (Linux); its ticks of 10 ms would be too coarse. */
function processorMsOf(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** The largest resident memory that a process has had (Linux). */
function peakBytesOf(pid: number | undefined): number {
  const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(found) * 1024
}

function head(): string[] {
  const clock = ['snarkjs ms', 'native ms', 'ratio']
  const processor = ['snarkjs processor ms', 'native processor ms', 'ratio']
  const columns = ['model', 'constraints', 'threads', ...clock, ...processor, 'snarkjs MB', 'native MB', 'start ms']
  return [`| ${columns.join(' | ')} |`, `|---|${'--:|'.repeat(columns.length - 1)}`]
}

function line({ circuit, threads, snarkjs, native }: Row): string {
  const memory = [snarkjs.peakBytes, native.peakBytes].map((bytes) => (bytes / 1e6).toFixed(0))
  const figures = [...compared(snarkjs.wallMs, native.wallMs), ...compared(snarkjs.processorMs, native.processorMs)]
  const cells = [circuit.name, circuit.constraints.toLocaleString('en'), threads, ...figures, ...memory]
  return `| ${[...cells, native.startMs.toFixed(0)].join(' | ')} |`
}

/** Both times in milliseconds and how many times the second goes into the first. */
function compared(snarkjsMs: number, nativeMs: number): string[] {
  const times = [snarkjsMs, nativeMs].map((ms) => ms.toFixed(ms < 100 ? 1 : 0))
  return [...times, `${(snarkjsMs / nativeMs).toFixed(1)}×`]
}

/** What was asked, and whether these figures reach it. */
function verdicts(): string[] {
  const say = (what: string, value: string, reached: boolean) =>
    `| ${what} | ${value} | ${reached ? 'reached' : 'missed'} |`
  const lines = ['| asked | measured | |', '|---|--:|---|']
  for (const { circuit, threads, snarkjs, native } of rows) {
    const ratio = snarkjs.wallMs / native.wallMs
    const what = `${circuit.name}, threads ${threads}: ≥ ${asked.ratio}× snarkjs on the clock`
    lines.push(say(what, `${ratio.toFixed(1)}×`, ratio >= asked.ratio))
    if (circuit.name === 'lenet5' && threads === 2) {
      lines.push(say('lenet5 ≤ 1.0 s on 2 threads', `${native.wallMs.toFixed(0)} ms`, native.wallMs <= asked.lenetMs))
    }
    const single = rows.find((row) => row.circuit === circuit && row.threads === 1)
    if (threads === 1 || single === undefined) continue
    const scaling = single.native.wallMs / native.wallMs
    const scalingAsked = `${circuit.name}: 2 threads ≥ ${asked.scaling}× one`
    lines.push(say(scalingAsked, `${scaling.toFixed(2)}×`, scaling >= asked.scaling))
  }
  const smaller = rows.every(({ snarkjs, native }) => native.peakBytes <= snarkjs.peakBytes)
  lines.push(say('resident memory ≤ snarkjs’ everywhere', smaller ? 'yes' : 'no', smaller))
  return lines
}
