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
    for (const threads of [1, 2]) {
      const row = await measure(circuit, threads)
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

/** Both provers in turn on the same witnesses; the first proof of each, which warms it up, does not count. */
async function measure(circuit: Circuit, threads: number): Promise<Row> {
  const { zkeyPath, witnesses } = circuit
  const start = async (prover: 'native' | 'snarkjs') => {
    const started = performance.now()
    const options = { zkeyPath, prover, tableMb: Number(flags.table), limits: { threads, memoryMb: 8192 } }
    return { prover: await startResidentProver(options), startMs: performance.now() - started }
  }
  const both = [await start('snarkjs'), await start('native')]
  const samples = both.map(() => ({ wall: [] as number[], processor: [] as number[] }))
  for (let run = 0; run <= Number(flags.runs); run++) {
    for (const [index, { prover }] of both.entries()) {
      const { wallMs, processorMs } = await proveOnce(prover, witnesses[run % witnesses.length] ?? [], circuit.key)
      if (run === 0) continue
      samples[index]?.wall.push(wallMs)
      samples[index]?.processor.push(processorMs)
    }
  }
  const [snarkjs, native] = both.map(({ prover, startMs }, index) => ({
    startMs,
    wallMs: median(samples[index]?.wall ?? []),
    processorMs: median(samples[index]?.processor ?? []),
    peakBytes: peakBytesOf(prover.pid()),
  }))
  for (const { prover } of both) await prover.close()
  if (snarkjs === undefined || native === undefined) throw new RangeError('There are two provers.')
  return { circuit, threads, snarkjs, native }
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
