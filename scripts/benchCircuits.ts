// Measures the compiler on every model, each in a fresh process.
//   npm run bench:circuits                 prints the table
//   … -- --write                           and puts it into docs/bench-circuits.md, and the constraints into the snapshot
//   … -- --check                           compares the constraints with the snapshot, and measures no time
//   … -- --only <name>[,<name>…]  --runs <n>
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { encodeGraph } from '@assay/circuits/graphFile'
import { QuantizeError } from '@assay/circuits/quantize'
import { type CircuitFigures, type CircuitMeasure, circuitCounts } from './benchCircuits/circuitMeasure.ts'
import { exactModelNames, loadExactModel } from './exactModels.ts'

const root = join(import.meta.dirname, '..')
const document = join(root, 'docs/bench-circuits.md')
const snapshotFile = join(root, 'test/fixtures/constraints.snapshot.json')
const mark = '<!-- written by npm run bench:circuits -- --write -->'

/** What was asked of single models: no more than this. */
const asked: { model: string; figure: 'constraints' | 'compileMs' | 'compileMb' | 'witnessMs'; most: number }[] = [
  { model: 'lenet5', figure: 'constraints', most: 145_000 },
  { model: 'xgboost-100x6', figure: 'constraints', most: 20_000 },
  { model: 'random-784-1024-256-10', figure: 'compileMs', most: 2_000 },
  { model: 'random-784-1024-256-10', figure: 'compileMb', most: 400 },
  { model: 'mnist-mlp', figure: 'witnessMs', most: 10 },
]
const figureNames = {
  constraints: 'constraints',
  compileMs: 'compile ms',
  compileMb: 'peak MB',
  witnessMs: 'witness ms',
} as const

const { values: flags } = parseArgs({
  options: {
    write: { type: 'boolean' },
    check: { type: 'boolean' },
    only: { type: 'string' },
    runs: { type: 'string', default: '11' },
  },
})
const load = (loadavg()[0] ?? 0).toFixed(1)
const names = flags.only?.split(',') ?? exactModelNames()
const measures: CircuitMeasure[] = []
for (const name of names) {
  const measure = measureInChild(name)
  measures.push(measure)
  if (!flags.check) console.log(row(measure))
}

const faults = measures.flatMap((measure) =>
  measure.kind === 'measured'
    ? measure.relus
        .filter(({ rows, bound }) => rows > bound)
        .map(
          ({ node, rows, bound }) =>
            `${measure.name}: node ${node} takes ${rows} constraints for its ReLUs; ${bound} are allowed`,
        )
    : [],
)
const known = existsSync(snapshotFile) ? JSON.parse(readFileSync(snapshotFile, 'utf8')) : {}
const counts = Object.fromEntries(measures.map((measure) => [`${measure.name}.onnx`, circuitCounts(measure)]))
if (flags.write) {
  writeFileSync(
    snapshotFile,
    `${JSON.stringify(flags.only === undefined ? counts : { ...known, ...counts }, undefined, 2)}\n`,
  )
  const [before] = existsSync(document) ? readFileSync(document, 'utf8').split(mark) : ['']
  writeFileSync(document, `${before}${mark}\n\n${table()}\n`)
} else if (flags.check) {
  for (const [name, count] of Object.entries(counts)) {
    if (JSON.stringify(count) === JSON.stringify(known[name])) continue
    faults.push(
      `${name} takes ${JSON.stringify(count)} instead of ${JSON.stringify(known[name])}; if that is meant, run \`npm run bench:circuits -- --write\``,
    )
  }
}
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1

/** Writes the model's graph down, so that the process that is measured holds nothing else. */
function measureInChild(name: string): CircuitMeasure {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  try {
    const { graph, inputs } = loadExactModel(name)
    writeFileSync(join(folder, 'graph'), encodeGraph(graph))
    writeFileSync(join(folder, 'inputs.json'), JSON.stringify(inputs.map((input) => [...input])))
    const program = join(import.meta.dirname, 'benchCircuits/measureCircuit.ts')
    const args = [program, folder, flags.check ? '1' : flags.runs]
    const output = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    // the child prints the figures as one line
    return { kind: 'measured', name, ...(JSON.parse(output) as CircuitFigures) }
  } catch (error) {
    if (!(error instanceof QuantizeError)) throw error
    return { kind: 'refused', name, reason: error.message }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function row(measure: CircuitMeasure): string {
  if (measure.kind === 'refused') return `| ${measure.name} | ${measure.reason} | | | | | | | | |`
  const { name, constraints, wires, domain, weights, r1csBytes, compileMs, compileMb, witnessMs, evaluateMs } = measure
  const numbers = [weights, constraints, wires, domain].map((value) => value.toLocaleString('en'))
  const times = [r1csBytes / 1e6, compileMs, compileMb, witnessMs, evaluateMs].map((value, column) =>
    value.toFixed([1, 0, 0, 1, 2][column]),
  )
  return `| ${[name, ...numbers, ...times].join(' | ')} |`
}

function table(): string {
  const model = cpus()[0]?.model ?? 'an unknown processor'
  return [
    `Measured on ${model}, ${availableParallelism()} cores, with a load of ${load} before, Node ${process.version}; medians of ${flags.runs} runs for witness and evaluation.`,
    '',
    '| model | weights | constraints | wires | domain | .r1cs MB | compile ms | peak MB | witness ms | evaluate ms |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...measures.map(row),
    '',
    '| model | figure | asked | measured | |',
    '|---|---|---:|---:|---|',
    ...asked.flatMap(({ model, figure, most }) => {
      const measure = measures.find(({ name }) => name === model)
      if (measure?.kind !== 'measured') return []
      const value = measure[figure]
      const shown = value.toLocaleString('en', { maximumFractionDigits: 1 })
      return [
        `| ${model} | ${figureNames[figure]} | ≤ ${most.toLocaleString('en')} | ${shown} | ${value <= most ? 'reached' : 'missed'} |`,
      ]
    }),
  ].join('\n')
}
