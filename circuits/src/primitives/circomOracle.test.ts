import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { plainSum } from '../circuit.ts'
import { mod } from '../field.ts'
import { gadgetTrial } from '../gadgetTrial.ts'
import { findViolation } from '../r1cs.ts'
import { constrainRequantize, requantize } from './requantize.ts'

const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const cases = [
  { bits: 8, shift: 2 },
  { bits: 6, shift: 0 },
  { bits: 12, shift: 5 },
]

type Calculator = { calculateWitness: (inputs: { sum: bigint }, sanityCheck: boolean) => Promise<bigint[]> }

/** Compiles `RequantizeRelu(bits, shift)` of circuits/lib; circom2 sees only what lies below the repository's root. */
async function compileCircom(folder: string, { bits, shift }: { bits: number; shift: number }): Promise<Calculator> {
  const name = `relu${bits}x${shift}`
  const library = relative(folder, join(root, 'circuits/lib/requantize.circom'))
  const source = `pragma circom 2.1.0;\ninclude "${library}";\ncomponent main = RequantizeRelu(${bits}, ${shift});\n`
  writeFileSync(join(folder, `${name}.circom`), source)
  const out = relative(root, folder)
  execFileSync(
    process.execPath,
    [require.resolve('circom2/cli.js'), join(out, `${name}.circom`), '--wasm', '-o', out],
    { cwd: root },
  )
  const output = join(folder, `${name}_js`)
  // The generated module is CommonJS and lies in a package of ES modules.
  copyFileSync(join(output, 'witness_calculator.js'), join(output, 'calculator.cjs'))
  return require(join(output, 'calculator.cjs'))(readFileSync(join(output, `${name}.wasm`)))
}

describe('the gadgets stated in circom', () => {
  let folder: string
  const calculators: Calculator[] = []

  before(async () => {
    mkdirSync(join(root, '.cache'), { recursive: true })
    folder = mkdtempSync(join(root, '.cache', 'circom-'))
    for (const parameters of cases) calculators.push(await compileCircom(folder, parameters))
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  it('invariant: requantize gives the same value for every sum of the range', async () => {
    for (const [index, { bits, shift }] of cases.entries()) {
      const half = shift === 0 ? 0 : 2 ** (shift - 1)
      const [least, most] = [-(2 ** (bits - 1)) - half, 2 ** (bits - 1) - 1 - half]
      for (let sum = least; sum <= most; sum++) {
        const witness = await calculators[index]?.calculateWitness({ sum: mod(BigInt(sum)) }, true)

        assert.equal(
          witness?.[1],
          BigInt(requantize(sum, { shift, lo: 0, hi: 2 ** 30 })),
          `${bits} bits, shift ${shift}, sum ${sum}`,
        )
      }
    }
  })

  it('soundness: one step outside the range neither has a witness', async () => {
    for (const [index, { bits, shift }] of cases.entries()) {
      const half = shift === 0 ? 0 : 2 ** (shift - 1)
      for (const sum of [-(2 ** (bits - 1)) - half - 1, 2 ** (bits - 1) - half]) {
        await assert.rejects(async () => calculators[index]?.calculateWitness({ sum: mod(BigInt(sum)) }, true))
        // The bits of the nearest sum inside recompose to that sum, and no others fit the same wires: see requantize.test.ts.
        const [lo, hi] = [-(2 ** (bits - 1)) - half, 2 ** (bits - 1) - 1 - half]
        const { r1cs, witness } = gadgetTrial({
          inputs: [{ lo, hi }],
          outputs: 1,
          constrain: (circuit, [input = circuit.constant(0)]) => [
            constrainRequantize(circuit, { sum: plainSum(input), how: { shift, lo: 0, hi: 2 ** 30 } }),
          ],
        })
        const forged = witness([Math.min(Math.max(sum, lo), hi)])
        assert.equal(findViolation(r1cs, forged), undefined)
        forged[2] = mod(BigInt(sum))
        assert.notEqual(findViolation(r1cs, forged), undefined)
      }
    }
  })
})
