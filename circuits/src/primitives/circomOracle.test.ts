import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Circuit, type Element, plainSum } from '../circuit.ts'
import { mod } from '../field.ts'
import { gadgetTrial } from '../gadgetTrial.ts'
import { findViolation } from '../r1cs.ts'
import { constrainMaxAt } from './argmax.ts'
import { constrainGreater } from './compare.ts'
import { chooseByBits } from './lookup.ts'
import { constrainMax } from './max.ts'
import { constrainRequantize, requantize } from './requantize.ts'

const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const cases = [
  { bits: 8, shift: 2 },
  { bits: 6, shift: 0 },
  { bits: 12, shift: 5 },
]

/** Differences of the pairs that are compared take 5 bits with their sign, table indices 3, saturated sums 9. */
const table = [5, -3, 9, 0, 0, -7, 1, 2]
const saturation = { shift: 1, lo: -4, hi: 3 }
const together = `
template Together() {
    signal input sum; signal input left; signal input right; signal input condition; signal input index;
    signal output saturated; signal output greater; signal output most; signal output mostAt; signal output position;
    signal output chosen; signal output isEqual; signal output entry;
    component a = RequantizeSaturated(9, ${saturation.shift}, 3, ${saturation.lo}); a.sum <== sum; saturated <== a.out;
    component b = Greater(5); b.left <== left; b.right <== right; greater <== b.out;
    component c = Max(5); c.left <== left; c.right <== right; most <== c.out;
    component d = MaxAt(5); d.left <== left; d.right <== right; d.leftPosition <== 3; d.rightPosition <== 8;
    mostAt <== d.out; position <== d.position;
    component e = Select(); e.condition <== condition; e.yes <== left; e.no <== right; chosen <== e.out;
    component f = IsZero(); f.in <== left - right; isEqual <== f.out;
    component g = Choose(3); g.index <== index;
${table.map((entry, index) => `    g.entries[${index}] <== ${entry};`).join('\n')}
    entry <== g.out;
}
component main = Together();
`

type Calculator = { calculateWitness: (inputs: Record<string, bigint>, sanityCheck: boolean) => Promise<bigint[]> }

/** Compiles a main component over circuits/lib; circom2 sees only what lies below the repository's root. */
async function compileCircom(
  folder: string,
  { name, files, main }: { name: string; files: string[]; main: string },
): Promise<Calculator> {
  const includes = files.map((file) => `include "${relative(folder, join(root, 'circuits/lib', file))}";\n`).join('')
  const source = `pragma circom 2.1.0;\n${includes}${main}`
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

/** The gadgets of `together`, as the compiler makes them. */
function constrainTogether(circuit: Circuit, inputs: Element[]): Element[] {
  const [sum, left, right, condition, index] = inputs
  assert.ok(sum && left && right && condition && index)
  const most = constrainMax(circuit, [left, right])
  const at = constrainMaxAt(circuit, {
    left: { value: left, position: circuit.constant(3) },
    right: { value: right, position: circuit.constant(8) },
    isLast: false,
  })
  const difference = circuit.sum([
    [1, left],
    [-1, right],
  ])
  return [
    constrainRequantize(circuit, { sum: plainSum(sum), how: saturation }),
    constrainGreater(circuit, [left, right]),
    most,
    at.value,
    at.position,
    circuit.product([difference, condition], { lo: -8, hi: 7, addend: right }),
    circuit.isZero(difference),
    chooseByBits(circuit, {
      bits: circuit.bits(plainSum(index), { lo: 0, count: 3 }),
      from: 0,
      candidates: table.map((entry) => circuit.constant(entry)),
    }),
  ]
}

describe('the gadgets stated in circom', () => {
  let folder: string
  const calculators: Calculator[] = []
  let others: Calculator

  before(async () => {
    mkdirSync(join(root, '.cache'), { recursive: true })
    folder = mkdtempSync(join(root, '.cache', 'circom-'))
    for (const { bits, shift } of cases) {
      const main = `component main = RequantizeRelu(${bits}, ${shift});\n`
      const name = `relu${bits}x${shift}`
      calculators.push(await compileCircom(folder, { name, files: ['requantize.circom'], main }))
    }
    others = await compileCircom(folder, { name: 'together', files: ['max.circom', 'lookup.circom'], main: together })
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

  it('invariant: every other gadget gives what the compiled rows and the integers give', async () => {
    const { r1cs, witness } = gadgetTrial({
      inputs: [
        { lo: -200, hi: 200 },
        { lo: -8, hi: 7 },
        { lo: -8, hi: 7 },
        { lo: 0, hi: 1 },
        { lo: 0, hi: 7 },
      ],
      outputs: 8,
      constrain: constrainTogether,
    })
    for (let round = 0; round < 401; round++) {
      const [sum, left, right] = [round - 200, (round % 16) - 8, ((round * 5) % 13) - 7]
      const [condition, index] = [round % 2, round % 8]
      const fields = { sum, left, right, condition, index }

      const stated = await others.calculateWitness(
        Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, mod(BigInt(value))])),
        true,
      )

      const most = Math.max(left, right)
      const integers = [
        ...[requantize(sum, saturation), left > right ? 1 : 0, most, most, right > left ? 8 : 3],
        ...[condition === 1 ? left : right, left === right ? 1 : 0, table[index] ?? 0],
      ].map((value) => mod(BigInt(value)))
      const made = witness([sum, left, right, condition, index])
      assert.deepEqual(stated.slice(1, 9), integers)
      assert.deepEqual(made.slice(1, 9), integers)
      assert.equal(findViolation(r1cs, made), undefined)
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
