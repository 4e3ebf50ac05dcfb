/**
 * Proves the arithmetic of prices, settlements, slashes and penalties for all values, with solc's model checker and z3, on the real library. Each proof is
 * then tried on a copy with a planted bug, which must give a counterexample. `npm run prove:contracts` proves all, `-- --only PriceClimbs` one property.
 * Exits 1 when a property is not proved or a bug not found. Without z3 it says so and counts nothing.
 */
import { parseArgs } from 'node:util'
import { checkCaps } from './symbolic/caps.ts'
import { check, type Finding } from './symbolic/check.ts'
import { findZ3 } from './symbolic/findZ3.ts'
import { properties } from './symbolic/properties.ts'

function row(name: string, { verdict, checks, seconds }: Finding, passed: boolean): string {
  return `${passed ? '✔' : '✖'} ${name.padEnd(58)} ${verdict.padEnd(11)} ${String(checks).padStart(3)} checks ${seconds.toFixed(1).padStart(6)} s\n`
}

function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  const chosen = properties.filter(({ contract }) => values.only === undefined || contract === values.only)
  if (chosen.length === 0) {
    throw new Error(
      `There is no property ${values.only}; choose from ${properties.map(({ contract }) => contract).join(', ')}.`,
    )
  }
  checkCaps()
  const z3 = findZ3()
  if (z3 === undefined) {
    process.stdout.write('Missing: z3, so nothing is proved; get it with `apt-get install z3` or `brew install z3`.\n')
    process.stdout.write(`0 passing\n${2 * chosen.length} pending\n`)
    return
  }

  let failed = 0
  for (const { contract, says, bug, change } of chosen) {
    const proof = check(contract, { z3 })
    if (proof.verdict !== 'proved') failed += 1
    process.stdout.write(row(`${contract}: ${says}`, proof, proof.verdict === 'proved'))
    if (proof.counterexample !== '') process.stdout.write(`    ${proof.counterexample}\n`)
    const planted = check(contract, { z3, change })
    if (planted.verdict !== 'refuted') failed += 1
    process.stdout.write(row(`  planted: ${bug}`, planted, planted.verdict === 'refuted'))
    process.stdout.write(`      ${planted.counterexample}\n`)
  }
  process.stdout.write(`${2 * chosen.length - failed} passing\n`)
  if (failed > 0) process.stdout.write(`${failed} failing\n`)
  if (failed > 0) process.exitCode = 1
}

try {
  main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
