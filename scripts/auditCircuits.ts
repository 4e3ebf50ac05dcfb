// Audits every gadget and every model for a second witness, and plants each omission of a constraint.
//   npm run audit:circuits                 audits everything and prints what was found
//   … -- --write                           and puts the tables into docs/audit.md
//   … -- --check                           and fails when docs/audit.md says something else
//   … -- --only <name>[,<name>…]           gadgets and models whose names begin so
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { audit } from '@assay/circuits/audit'
import { listGadgets } from '@assay/circuits/auditGadgetList'
import { modelAudit, openInputBits } from '@assay/circuits/auditModel'
import { determineWires } from '@assay/circuits/auditStructure'
import { type Omission, plantOmissions } from '@assay/circuits/plantOmissions'
import { QuantizeError } from '@assay/circuits/quantize'
import { exactModelNames, loadExactModel } from './exactModels.ts'
import { seededRandom } from './seededRandom.ts'

const document = join(import.meta.dirname, '../docs/audit.md')
const mark = '<!-- written by npm run audit:circuits -- --write -->'
const mutationsPerModel = 500
// Each takes as long as a structural audit of all rows.
const omittedRowsPerModel = 60_000
// Mutation keeps each row's terms in both directions, which a million weights make too many; structure covers all their wires.
const unmutated = ['random-784-1024-256-10']

/** Rows of the tables, and what is wrong. */
type Report = { gadgets: string[]; omissions: string[]; models: string[]; faults: string[] }

const { values: flags } = parseArgs({
  options: { write: { type: 'boolean' }, check: { type: 'boolean' }, only: { type: 'string' } },
})
if (flags.only !== undefined && (flags.write || flags.check)) {
  console.error('--only audits a part; leave it out to write or check docs/audit.md.')
  process.exit(2)
}
const isChosen = (name: string) =>
  flags.only === undefined || flags.only.split(',').some((start) => name.startsWith(start))
const report: Report = { gadgets: [], omissions: [], models: [], faults: [] }

for (const subject of listGadgets()) {
  if (!isChosen(subject.name)) continue
  const started = performance.now()
  const { name, r1cs, small } = subject
  const findings = audit(subject, { random: seededRandom(1) })
  report.faults.push(...findings.map(({ method, message }) => `${name}: ${method}: ${message}`))
  const searched = small ? `${small.cases.length} inputs modulo ${small.prime}` : 'constants of the field: not searched'
  report.gadgets.push(
    `| ${name} | ${r1cs.constraints.length} | ${searched} | ${findings.length === 0 ? 'one witness' : 'fault'} |`,
  )
  const omissions = plantOmissions(subject)
  report.omissions.push(...omissionRows(name, omissions))
  const missed = omissions.filter(({ foundBy }) => foundBy.length === 0)
  report.faults.push(
    ...missed.map(({ kind, rows }) => `${name}: nothing notices that ${kind} ${rows.join(', ')} is missing`),
  )
  say(name, { faults: findings.length + missed.length, started })
}
for (const name of exactModelNames()) {
  if (!isChosen(name)) continue
  const started = performance.now()
  const before = report.faults.length
  const row = auditModel(name)
  report.models.push(row)
  if (row.includes('no circuit')) console.log(`no circuit  ${name}`)
  else say(name, { faults: report.faults.length - before, started })
}

const tables = [
  ...['## Gadgets', '', '| gadget | constraints | search | result |', '|---|---|---|---|', ...report.gadgets, ''],
  ...[
    '## Models',
    '',
    '| model | constraints | wires | mutated wires | rows left out | result |',
    '|---|---|---|---|---|---|',
    ...report.models,
    '',
  ],
  ...[
    '## Planted omissions',
    '',
    '| gadget | left out | rows | found by |',
    '|---|---|---|---|',
    ...report.omissions,
    '',
  ],
].join('\n')
const known = existsSync(document) ? readFileSync(document, 'utf8') : ''
const text = `${known.split(mark)[0]}${mark}\n\n${tables}`
if (flags.write) writeFileSync(document, text)
else if (flags.check && text !== known)
  report.faults.push('docs/audit.md is stale; run `npm run audit:circuits -- --write`')
for (const fault of report.faults) console.error(fault)
console.log(report.faults.length === 0 ? 'No second witness was found.' : `${report.faults.length} faults.`)
if (report.faults.length > 0) process.exitCode = 1

function auditModel(name: string): string {
  let model: ReturnType<typeof loadExactModel>
  try {
    model = loadExactModel(name)
  } catch (error) {
    // A model that has no circuit cannot have an unsound one; the table says so, and the comparison shows when it changes.
    if (!(error instanceof QuantizeError)) throw error
    return `| ${name} | | | | | no circuit: ${error.message} |`
  }
  const { graph, inputs } = model
  const audited = modelAudit(graph, {
    name,
    input: inputs[0] ?? new Int32Array(),
    mutations: unmutated.includes(name) ? 0 : mutationsPerModel,
  })
  const findings = audit(audited.subject, { random: seededRandom(2) }).map(
    ({ method, message }) => `${method}: ${message}`,
  )
  const open = openInputBits(audited)
  if (open.length > 0) findings.push(`${open.length} input bits do not follow from their commitment`)
  const { r1cs, mutated } = audited.subject
  const left = Math.max(1, Math.min(20, Math.floor(omittedRowsPerModel / r1cs.constraints.length)))
  const random = seededRandom(3)
  for (let omission = 0; omission < left; omission++) {
    const row = Math.floor(random() * r1cs.constraints.length)
    if (!isNoticed(audited, row)) findings.push(`nothing notices that row ${row} is missing`)
  }
  report.faults.push(...findings.map((finding) => `${name}: ${finding}`))
  const result = findings.length === 0 ? 'every wire determined' : 'fault'
  return `| ${name} | ${r1cs.constraints.length} | ${r1cs.wireCount} | ${mutated?.length} | ${left} | ${result} |`
}

/** Whether a model without one of its rows has a wire that nothing determines, or an input bit that nothing holds to 0 and 1. */
function isNoticed({ subject }: ReturnType<typeof modelAudit>, row: number): boolean {
  const { r1cs, inputs, ranged } = subject
  const without = { ...r1cs, constraints: r1cs.constraints.filter((_, index) => index !== row) }
  const { undetermined, domains } = determineWires(without, inputs)
  return undetermined.length > 0 || ranged.some((bit) => !domains.has(bit))
}

/** Omissions of one kind that the same methods found, in one row. */
function omissionRows(name: string, omissions: Omission[]): string[] {
  const groups = new Map<string, { kind: string; rows: string[]; foundBy: string }>()
  for (const { kind, rows, foundBy } of omissions) {
    const found = foundBy.join(', ') || '**nothing**'
    const group = groups.get(`${kind} ${found}`) ?? { kind, rows: [], foundBy: found }
    group.rows.push(kind === 'all range checks' ? `all ${rows.length}` : String(rows[0]))
    groups.set(`${kind} ${found}`, group)
  }
  return [...groups.values()].map(({ kind, rows, foundBy }) => `| ${name} | ${kind} | ${ranges(rows)} | ${foundBy} |`)
}

/** 1, 2, 3, 7 as 1–3, 7. */
function ranges(rows: string[]): string {
  const parts: { from: string; to: string }[] = []
  for (const row of rows) {
    const last = parts.at(-1)
    if (last && Number(row) === Number(last.to) + 1) last.to = row
    else parts.push({ from: row, to: row })
  }
  return parts.map(({ from, to }) => (from === to ? from : `${from}–${to}`)).join(', ')
}

function say(name: string, { faults, started }: { faults: number; started: number }): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${faults === 0 ? 'sound' : `${faults} faults`}  ${name} (${seconds} s)`)
}
