/** Fails when docs/market.md names a function or a test that is not there, or gas that is not the snapshot's. */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/market.md'), 'utf8')
// Written by test/contracts/gas.test.ts.
const snapshot = JSON.parse(readFileSync(join(root, 'test/contracts/gas.snapshot.json'), 'utf8')) as {
  gas: Record<string, number>
}
const faults: string[] = []

const sources = new Map<string, string>()
for (const file of globSync('contracts/**/*.sol', { cwd: root })) {
  const name = basename(file, '.sol')
  const contract = name.replace(/^I(?=[A-Z])/, '')
  sources.set(contract, (sources.get(contract) ?? '') + readFileSync(join(root, file), 'utf8'))
}
let functions = 0
for (const [, contract = '', name = ''] of page.matchAll(/`([A-Z]\w+)\.(\w+)`/g)) {
  functions += 1
  if (!sources.get(contract)?.includes(`function ${name}(`)) faults.push(`There is no function ${contract}.${name}.`)
}

let tests = 0
for (const [, title = '', file = ''] of page.matchAll(/`([^`]+)` \(\[[^\]]+\]\(\.\.\/(test\/[^)]+)\)\)/g)) {
  tests += 1
  const text = globSync(file, { cwd: root }).length === 0 ? '' : readFileSync(join(root, file), 'utf8')
  if (!text.includes(title)) faults.push(`There is no test \`${title}\` in ${file}.`)
}

let figures = 0
for (const [, figure = '', count = '1', sentence = ''] of page.matchAll(/(\d[\d,]*)(?: × (\d+))? `([^`]+)`/g)) {
  figures += 1
  const measured = Math.round((snapshot.gas[sentence] ?? Number.NaN) / Number(count))
  if (Number(figure.replaceAll(',', '')) !== measured)
    faults.push(`\`${sentence}\` costs ${measured}, and not ${figure}.`)
}

if (functions < 40 || tests < 50 || figures < 15) faults.push('The tables are not the ones that this script reads.')
for (const fault of faults) process.stderr.write(`docs/market.md: ${fault}\n`)
if (faults.length > 0) process.exitCode = 1
