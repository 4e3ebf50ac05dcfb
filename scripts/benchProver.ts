// Measures the native prover beside snarkjs, both with the key in memory, on the same circuits, keys and inputs, one after the other:
// snarkjs from witnesses, the native prover from integers, as a worker uses them.
//   npm run bench:prover                     prints the table
//   … -- --write                             and puts it into docs/prover.md
//   … -- --only <model>[,<model>…]  --runs <n>  --rounds <n>  --table <MiB>
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { compile } from '@assay/circuits/compile'
import { devSetup, devSetupLabel } from '@assay/circuits/devSetup'
import type { DomainKind } from '@assay/circuits/domain'
import { type ProgramWitness, readProvingKey } from '@assay/circuits/prove'
import { rowCountOf } from '@assay/circuits/qap'
import { encodeR1cs } from '@assay/circuits/r1cs'
import { type ResidentProver, startResidentProver } from '@assay/circuits/residentProver'
import { readCachedKey, writeCachedKey } from '@assay/circuits/setupCache'
import { type VerificationKey, verificationKeyFromZkey } from '@assay/circuits/verificationKey'
import { verify } from '@assay/circuits/verify'
import { computeWitness } from '@assay/circuits/witness'
import { witnessProgram } from '@assay/circuits/witnessProgram'
import { describeMachine } from './benchPeers/peerReport.ts'
import { loadExactModel } from './exactModels.ts'

const root = join(import.meta.dirname, '..')
const document = join(root, 'docs/prover.md')
const mark = '<!-- written by npm run bench:prover -- --write -->'
const models = ['logistic-regression', 'mnist-mlp', 'mnist-cnn', 'random-784-1024-256-10', 'lenet5']
const asked = { ratio: 8, scaling: 1.8, lenetMs: 1000, mixed: 0.65 }
/** How long a development key may take, on two threads. */
const setupAskedMs: Readonly<Record<string, number>> = { 'mnist-mlp': 1000, lenet5: 15_000 }
// A circuit this little over a power of two is what domains of other sizes are for.
const justOver = 1.125
/** Proofs in a row that count: the native prover's are short, and what a second thread gains on them is small beside what a machine's speed changes. */
const inRow = { native: 9, snarkjs: 3 } as const
/** The same in the short rows of which ratios are made. */
const inRound = 4
/** Largest share of two processors that the host may have withheld in a round that counts. */
const withheldAtMost = 0.01
/** How long the host is left alone after a round that does not count. */
const restMs = 8000
/** How many rounds that count are enough; with fewer all are taken. */
const leastRounds = 5
/** How long rounds are made at least: a host's speed has phases of seconds, and the smallest model's rounds would all fall into one. */
const leastMs = 20_000

type Key = { zkeyPath: string; key: VerificationKey; domainSize: number }

/** What one proof is made of, for either prover. */
type Case = { snarkjs: bigint[]; native: ProgramWitness }

/** A circuit with its key as snarkjs takes it, how long that took to make on two threads, and the key on the smallest domain. */
type Circuit = {
  name: string
  constraints: number
  rows: number
  padded: Key
  setupMs: number
  mixed: Key
  cases: Case[]
}

/** Medians of one prover's proofs, in milliseconds, and its largest resident memory in bytes. */
type Figures = { wallMs: number; processorMs: number; peakBytes: number; startMs: number }

/**
 * One thread's and two threads' time for a proof in milliseconds, each the median of a row; that of two provers with one thread each for a proof by each, at
 * the same time; and the share of two processors that the host withheld.
 */
type Round = { padded: Pair; mixed: Pair | undefined; sideBySide: number; withheld: number }
type Pair = Record<Threads, number>
type Threads = 1 | 2

type Row = { circuit: Circuit; threads: Threads; snarkjs: Figures; native: Figures; mixed: Figures; rounds: Round[] }

const { values: flags } = parseArgs({
  options: {
    write: { type: 'boolean' },
    only: { type: 'string', default: models.join(',') },
    runs: { type: 'string', default: '9' },
    rounds: { type: 'string', default: '15' },
    table: { type: 'string', default: '64' },
  },
})
const machine = describeMachine()
const rows: Row[] = []
console.log(head().join('\n'))
await measureAll()
const others = ['', ...mixedTable(), '', ...verdicts()]
const text = [machine, '', ...head(), ...rows.map(line), ...others].join('\n')
console.log(others.join('\n'))
if (flags.write) {
  const [before] = readFileSync(document, 'utf8').split(mark)
  writeFileSync(document, `${before}${mark}\n\n${text}\n`)
}

async function measureAll(): Promise<void> {
  for (const name of flags.only.split(',')) {
    const circuit = await prepareCircuit(name)
    for (const measured of await measure(circuit)) {
      rows.push(measured)
      console.log(line(measured))
    }
  }
}

/** A model's development keys, kept in `.cache/setup`, and some of its inputs. */
async function prepareCircuit(name: string): Promise<Circuit> {
  const { graph, inputs } = loadExactModel(name)
  const r1cs = compile(graph)
  const encoded = encodeR1cs(r1cs)
  const keyOf = async (domain: DomainKind): Promise<Key> => {
    const label = domain === 'mixed' ? `${devSetupLabel} ${domain}` : devSetupLabel
    const hash = createHash('sha256').update(label).update(encoded).digest('hex')
    const folder = join(root, '.cache/setup')
    const kept =
      (await readCachedKey(folder, hash)) ?? (await writeCachedKey(folder, hash, await devSetup(r1cs, { domain })))
    const { domainSize } = readProvingKey(kept.zkeyPath)
    return { zkeyPath: kept.zkeyPath, key: verificationKeyFromZkey(kept.zkey), domainSize }
  }
  const program = witnessProgram(graph)
  const cases = inputs.slice(0, 3).map((input, index): Case => {
    const asked = { input, binding: BigInt(index + 1) }
    const { witness, signals } = computeWitness(graph, asked)
    return { snarkjs: witness, native: { ...asked, program, signals } }
  })
  const [padded, mixed] = [await keyOf('power-of-two'), await keyOf('mixed')]
  const started = performance.now()
  await devSetup(r1cs, { threads: 2 })
  const setupMs = performance.now() - started
  return { name, constraints: r1cs.constraints.length, rows: rowCountOf(r1cs), padded, setupMs, mixed, cases }
}

/**
 * Both provers, each with one thread and with two, in turn on the same inputs, some proofs in a row as a worker makes them: the first of a row finds
 * the processor's caches full of the others' data, and does not count.
 */
async function measure(circuit: Circuit): Promise<Row[]> {
  const { cases, padded, mixed } = circuit
  const start = async (prover: 'native' | 'snarkjs', threads: number, { zkeyPath, key }: Key = padded) => {
    const started = performance.now()
    const options = { zkeyPath, prover, tableMb: Number(flags.table), limits: { threads, memoryMb: 8192 } }
    const resident = await startResidentProver(options)
    return { key, resident, startMs: performance.now() - started, wall: [] as number[], processor: [] as number[] }
  }
  type Lane = Awaited<ReturnType<typeof start>>
  const lanes: { threads: Threads; snarkjs: Lane; native: Lane; mixed: Lane }[] = []
  for (const threads of [1, 2] as const) {
    const [snarkjs, native] = [await start('snarkjs', threads), await start('native', threads)]
    lanes.push({ threads, snarkjs, native, mixed: await start('native', threads, mixed) })
  }
  for (let run = 0; run < Number(flags.runs); run += inRow.snarkjs) {
    for (const lane of (['snarkjs', 'native', 'mixed'] as const).flatMap((kind) => lanes.map((each) => each[kind]))) {
      const proofs = await proveRow(lane.resident, cases, inRow[lane.resident.kind])
      for (const [at, { signals, proof, wallMs, processorMs }] of proofs.entries()) {
        const started = performance.now()
        if (!verify(lane.key, signals, proof)) throw new RangeError(`A proof by ${lane.resident.kind} does not verify.`)
        if (at === 0) continue
        // What snarkjs' own call spends on its verification, which the native process does itself, is taken off.
        lane.wall.push(lane.resident.kind === 'snarkjs' ? wallMs - (performance.now() - started) : wallMs)
        lane.processor.push(processorMs)
      }
    }
  }
  const [single, double] = lanes
  if (single === undefined || double === undefined) throw new RangeError('There are no lanes.')
  const figures = ({ resident, startMs, wall, processor }: Lane): Figures => ({
    ...{ startMs, wallMs: median(wall), processorMs: median(processor), peakBytes: peakBytesOf(resident.pid()) },
  })
  // Before the rounds: a process that has no proof to make ends after a while, and its memory is not to be read any more.
  const measured = lanes.map(({ threads, snarkjs, native, mixed }) => ({
    ...{ circuit, threads, snarkjs: figures(snarkjs), native: figures(native), mixed: figures(mixed) },
  }))
  const twin = await start('native', 1)
  const rounds = await measureRounds(circuit, {
    twins: [single.native.resident, twin.resident],
    padded: [single.native.resident, double.native.resident],
    mixed: isJustOver(circuit) ? [single.mixed.resident, double.mixed.resident] : undefined,
  })
  const residents = [twin, ...lanes.flatMap(({ snarkjs, native, mixed }) => [snarkjs, native, mixed])]
  await Promise.all(residents.map(({ resident }) => resident.close()))
  return measured.map((row) => ({ ...row, rounds }))
}

type Provers = [ResidentProver, ResidentProver]

/**
 * The native prover's ratios: short rows of the provers that are compared, right after one another and in turning order, since a host's speed changes from second
 * to second. Rounds from which the host withheld processor time do not count, where others are enough: two threads lose by either's.
 */
async function measureRounds(
  { cases }: Circuit,
  { padded, mixed, twins }: { padded: Provers; mixed: Provers | undefined; twins: Provers },
): Promise<Round[]> {
  const order = mixed ? [mixed[0], ...padded, mixed[1]] : [...padded]
  const rounds: Round[] = []
  const counted = () => rounds.filter(({ withheld }) => withheld <= withheldAtMost)
  const begun = performance.now()
  /** Whether there are so many, made in so many times the time. */
  const enough = (made: Round[], times: number) =>
    made.length >= times * Number(flags.rounds) && performance.now() - begun >= times * leastMs
  while (!enough(counted(), 1) && !enough(rounds, 2)) {
    const [started, withheldBefore] = [performance.now(), withheldMs()]
    const times = new Map<ResidentProver, number>()
    for (const prover of order) {
      const [, ...proofs] = await proveRow(prover, cases, inRound)
      times.set(prover, median(proofs.map(({ wallMs }) => wallMs)))
    }
    order.reverse()
    const timeOf = (prover: ResidentProver) => times.get(prover) ?? Number.NaN
    const pair = ([one, two]: Provers): Pair => ({ 1: timeOf(one), 2: timeOf(two) })
    const sideBySide = await timeSideBySide(twins, cases)
    const withheld = (withheldMs() - withheldBefore) / (2 * (performance.now() - started))
    rounds.push({ padded: pair(padded), mixed: mixed && pair(mixed), sideBySide, withheld })
    if (withheld > withheldAtMost) await sleep(restMs)
  }
  return counted().length >= leastRounds ? counted() : rounds
}

/** How long it takes until each of two provers has made the proof that both began at once, in milliseconds: median of a row, whose first does not count. */
async function timeSideBySide(provers: Provers, cases: readonly Case[]): Promise<number> {
  const times: number[] = []
  for (let at = 0; at <= inRound; at++) {
    const started = performance.now()
    await Promise.all(provers.map((prover) => proveRow(prover, cases, 0)))
    if (at > 0) times.push(performance.now() - started)
  }
  return median(times)
}

/** Processor time that the host gave to others while this machine wanted it, in milliseconds since its start (Linux). */
function withheldMs(): number {
  return Number(readFileSync('/proc/stat', 'utf8').split(/\s+/, 9)[8]) * 10
}

function isJustOver({ mixed, padded }: Circuit): boolean {
  return mixed.domainSize <= justOver * (padded.domainSize / 2)
}

/** One proof more than count, one after the other. */
async function proveRow(prover: ResidentProver, cases: readonly Case[], count: number) {
  const pid = prover.pid() ?? 0
  const proofs = []
  for (let at = 0; at <= count; at++) {
    const one = cases[at % cases.length]
    if (one === undefined) throw new RangeError('The model has no inputs.')
    const [before, started] = [processorMsOf(pid), performance.now()]
    const proven = await prover.prove(one[prover.kind])
    proofs.push({ ...proven, wallMs: performance.now() - started, processorMs: processorMsOf(pid) - before })
  }
  return proofs
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

/** The native prover on both kinds of domain. */
function mixedTable(): string[] {
  const columns = ['model', 'rows', 'padded to', 'mixed', 'threads', 'padded ms', 'mixed ms', 'of', 'processor of']
  const lines = rows.map(({ circuit, threads, native, mixed }) => {
    const sizes = [circuit.rows, circuit.padded.domainSize, circuit.mixed.domainSize].map((size) =>
      size.toLocaleString('en'),
    )
    const times = [native.wallMs, mixed.wallMs].map((ms) => ms.toFixed(ms < 100 ? 1 : 0))
    const shares = [mixed.wallMs / native.wallMs, mixed.processorMs / native.processorMs].map((share) =>
      share.toFixed(2),
    )
    return `| ${[circuit.name, ...sizes, threads, ...times, ...shares].join(' | ')} |`
  })
  return [`| ${columns.join(' | ')} |`, `|---|${'--:|'.repeat(columns.length - 1)}`, ...lines]
}

/** The median, the quartiles and how many there are. */
function spread(ratios: number[]): string {
  const sorted = ratios.toSorted((a, b) => a - b)
  const [low, high] = [0.25, 0.75].map((share) => sorted[Math.floor(share * sorted.length)]?.toFixed(2))
  return `${median(ratios).toFixed(2)} (${low} to ${high} of ${ratios.length})`
}

/** What was asked, and whether these figures reach it. */
function verdicts(): string[] {
  const say = (what: string, value: string, reached: boolean) =>
    `| ${what} | ${value} | ${reached ? 'reached' : 'missed'} |`
  const lines = ['| asked | measured | |', '|---|--:|---|']
  for (const { circuit, threads, snarkjs, native, rounds } of rows) {
    const ratio = snarkjs.wallMs / native.wallMs
    const what = `${circuit.name}, threads ${threads}: ≥ ${asked.ratio}× snarkjs on the clock`
    lines.push(say(what, `${ratio.toFixed(1)}×`, ratio >= asked.ratio))
    if (circuit.name === 'lenet5' && threads === 2) {
      lines.push(say('lenet5 ≤ 1.0 s on 2 threads', `${native.wallMs.toFixed(0)} ms`, native.wallMs <= asked.lenetMs))
    }
    const shares = rounds.flatMap(({ padded, mixed }) => (mixed ? [mixed[threads] / padded[threads]] : []))
    if (shares.length > 0) {
      const mixedAsked = `${circuit.name}, threads ${threads}: mixed domain ≤ ${asked.mixed} of the padded time`
      lines.push(say(mixedAsked, spread(shares), median(shares) <= asked.mixed))
    }
    if (threads === 1) continue
    const setupAsked = setupAskedMs[circuit.name]
    if (setupAsked !== undefined) {
      const seconds = `${(circuit.setupMs / 1000).toFixed(1)} s`
      const what = `${circuit.name}: development key ≤ ${setupAsked / 1000} s on 2 threads`
      lines.push(say(what, seconds, circuit.setupMs <= setupAsked))
    }
    const scaling = rounds.map(({ padded }) => padded[1] / padded[2])
    const scalingAsked = `${circuit.name}: 2 threads ≥ ${asked.scaling}× one`
    lines.push(say(scalingAsked, spread(scaling), median(scaling) >= asked.scaling))
    const apart = rounds.map(({ padded, sideBySide }) => (2 * padded[1]) / sideBySide)
    lines.push(`| ${circuit.name}: two provers of one thread at once, for comparison | ${spread(apart)} | |`)
  }
  const smaller = rows.every(({ snarkjs, native }) => native.peakBytes <= snarkjs.peakBytes)
  lines.push(say('resident memory ≤ snarkjs’ everywhere', smaller ? 'yes' : 'no', smaller))
  return lines
}
